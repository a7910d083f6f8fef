#!/bin/sh
# Set up .venv, the environment in which everything here runs: `make` calls this where
# .venv/.ready is missing or older than requirements.txt, or where .venv cannot run.
#
# PYTHON names the interpreter. What was fetched before a failure is kept in uv's cache,
# so that running the same command again goes on from there.
set -u
cd "$(dirname "$0")/.." || exit 1
PYTHON=${PYTHON:-python3}
NEEDED_MB=4500 # the packages, and room to unpack them

fail() { printf '%s\n' "$@" >&2; exit 1; }

# Two targets at once: the second waits, and then finds that nothing is left to do.
if [ -z "${BOOK_LOCKED:-}" ] && command -v flock >/dev/null; then
    BOOK_LOCKED=1 exec flock requirements.txt "$PWD/tools/environment.sh"
fi
works() { .venv/bin/python -c '' 2>/dev/null; }
if works && [ .venv/.ready -nt requirements.txt ]; then exit 0; fi

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
"$PYTHON" -c "$supported" 2>/dev/null || fail \
    "This book needs Python 3.11, 3.12 or 3.13, but $PYTHON is: $("$PYTHON" --version 2>&1)" \
    "Name one that you have: make PYTHON=python3.12 ..."

free=$(df -Pm . | awk 'NR == 2 { print $4 }')
works || [ "$free" -ge "$NEEDED_MB" ] || fail \
    "Setting up .venv needs $NEEDED_MB MB on this disk, and $free MB are free." \
    "Make room, and run the same command again."

echo "Setting up .venv: about 3 GB of packages, once; a minute or a few"
clear=--clear
if works; then clear=; fi
rm -f .venv/.ready
"$PYTHON" -m venv $clear .venv || fail \
    "$PYTHON could not make an environment." \
    "No venv module? On Debian and Ubuntu: apt-get install python3-venv"
again="Is the network there? Run the same command again: it goes on from here."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir \
    "$(grep '^uv==' requirements.txt | cut -d ' ' -f 1)" || fail \
    "uv, which fetches the packages, could not be fetched." "$again"
.venv/bin/uv pip install --compile-bytecode --python .venv/bin/python \
    --requirement requirements.txt || fail \
    "The packages are not complete." "$again"
mkdir -p "$HOME" # which can be in .venv, see the Makefile
touch .venv/.ready
