"""A stand-in for systemd-creds that keeps the name with what it seals, as the real one does."""

from pathlib import Path

CREDS = """#!/bin/bash
# Seals by writing down: the name, and the bytes in base64.
for word; do case $word in --name=*) name=${word#--name=} ;; esac; done
verb=$1 from=${*: -2:1} to=${*: -1}
[ "$from" != - ] || from=/dev/stdin
[ "$to" != - ] || to=/dev/stdout
case $verb in
    encrypt)
        text=$(base64 -w 0 < "$from")
        printf 'sealed %s %s\\n' "$name" "$text" > "$to"
        ;;
    decrypt)
        read -r mark sealed text < "$from"
        [ "$mark $sealed" = "sealed $name" ] || { echo "Decryption failed" >&2; exit 1; }
        base64 -d <<< "$text" > "$to"
        ;;
esac
"""


def make_creds(folder: Path) -> Path:
    """Put the stand-in into a folder that goes first on the PATH."""
    folder.mkdir(parents=True)
    program = folder / "systemd-creds"
    program.write_text(CREDS)
    program.chmod(0o755)
    return program
