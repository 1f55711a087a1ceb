#!/usr/bin/env bash
# Creates the GitHub release of a tag that is there, with notes from CHANGELOG.md; fixes it where it exists.
#
#   TAG=prod/v1.0.0 scripts/publish_release.sh FILE...    the files are attached
#
# IMAGE  the image by its digest, named below the notes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "${TAG:-}" ] || { echo "TAG is not set." >&2; exit 2; }
version=${TAG#prod/v}
notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
"${PYTHON:-python3}" -m scripts.release.changelog "$version" >"$notes"
if [ -n "${IMAGE:-}" ]; then printf '\nImage: %s\n' "$IMAGE" >>"$notes"; fi
if gh release view "$TAG" >/dev/null 2>&1; then
  gh release edit "$TAG" --title "Tidegate $version" --notes-file "$notes"
  gh release upload "$TAG" --clobber "$@"
else
  gh release create "$TAG" --verify-tag --title "Tidegate $version" --notes-file "$notes" "$@"
fi
