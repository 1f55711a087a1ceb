#!/bin/sh
# What the image runs: the first word names the part. Any other word is a command of `tidegate`.
set -eu
part=${1:-web}
[ $# -eq 0 ] || shift
case $part in
  web) exec tidegate serve "$@" ;;
  migrate) exec tidegate db upgrade "$@" ;;
  backup)
    [ $# -gt 0 ] || set -- create
    exec tidegate backup "$@" ;;
  *) exec tidegate "$part" "$@" ;;
esac
