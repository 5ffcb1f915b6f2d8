#!/bin/sh
# The pipelines for plain shell: from a git hook, cron, or any other CI. See docs/pipelines.md.
#
#   pipeline.sh review BRANCH    merges BRANCH into a clone of its own, tells on standard output what that would change,
#                                and saves it as the plan
#   pipeline.sh up               makes the cluster what main says, if a review has seen just that
#   pipeline.sh certificates     renews certificates, and changes nothing else
#   pipeline.sh drift            ends with 1 where the cluster is not what main says
#
# /etc/phoenix/environment (or the file that CREDENTIALS names) has the credentials, as in
# packaging/environment.example but as a shell reads it, and may set what is set below.
set -eu

case "${1:-}" in
review) branch=${2:?"which branch?"} ;;
up | certificates | drift) ;;
*)
    sed -n 's/^# *\(pipeline.sh .*\)/\1/p' "$0" >&2
    exit 2
    ;;
esac

set -a
# shellcheck disable=SC1090
. "${CREDENTIALS:-/etc/phoenix/environment}"
: "${REPOSITORY:=/srv/git/phoenix.git}" "${STACK:=production}"
: "${PHOENIX_CACHE:=/var/cache/phoenix}" "${PHOENIX_PLANS:=/var/lib/phoenix/plans}"
set +a

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet --branch main "$REPOSITORY" "$work/phoenix"
cd "$work/phoenix"

case "$1" in
review)
    git -c user.name=phoenix -c user.email=phoenix@localhost merge --quiet --no-edit "origin/$branch" >&2
    bin/toolchain bin/phoenix preview --stack "$STACK" \
        --save-plan "$PHOENIX_PLANS/$STACK/$(git rev-parse 'HEAD^{tree}').json"
    ;;
up)
    bin/toolchain bin/phoenix up --stack "$STACK" --lock-timeout 1800 \
        --plan "$PHOENIX_PLANS/$STACK/$(git rev-parse 'HEAD^{tree}').json"
    ;;
certificates)
    bin/toolchain bin/phoenix up --stack "$STACK" --lock-timeout 1800 --certificates-only
    ;;
drift)
    bin/toolchain bin/phoenix preview --stack "$STACK" --expect-no-changes
    ;;
esac
