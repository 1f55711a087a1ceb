#!/bin/sh
# Whether the part that this container runs is well; which one it is says the command that tini started.
set -eu
part=$(tr '\0' '\n' </proc/1/cmdline | sed -n 's/.*entrypoint\.sh$/&/; /entrypoint\.sh$/{n;p;q;}')
case ${part:-web} in
  web)
    # The server answers to its own names alone: ask under the first that it was given.
    name=${ALLOWED_HOSTS:-127.0.0.1}
    exec curl --fail --silent --show-error --max-time 4 --output /dev/null \
      --header "Host: ${name%%,*}" "http://127.0.0.1:${PORT:-8000}/health" ;;
  # A command that ends by itself is as well as its exit code says.
  *) exit 0 ;;
esac
