#!/bin/sh
# Whether the part that this container runs is well; which one it is says the command that tini started.
set -eu
part=$(tr '\0' '\n' </proc/1/cmdline | sed -n '/entrypoint\.sh$/{n;p;q;}')
case ${part:-web} in
  web)
    # The server answers to its own names alone: ask under the first that it was given.
    name=${ALLOWED_HOSTS:-127.0.0.1}
    exec curl --fail --silent --show-error --max-time 4 --output /dev/null \
      --header "Host: ${name%%,*}" "http://127.0.0.1:${PORT:-8000}/health" ;;
  worker)
    # It touches this file each time that the database has taken its heartbeat, every five seconds.
    [ -n "$(find "$WORKER_HEARTBEAT_FILE" -newermt '-30 seconds')" ] ||
      { echo "no heartbeat for 30 seconds"; exit 1; } ;;
  # A command that ends by itself is as well as its exit code says.
  *) exit 0 ;;
esac
