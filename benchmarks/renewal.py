"""Renews many certificates with their distribution: by the product, and by a shell loop, in one run.

    bin/toolchain python -m benchmarks.renewal [COUNT]

needs a lab in which a cluster has converged (`make up`). The scratch configuration gives guest 102 so many more
certificates; they are taken away at the end. The loop runs on the node itself, at its best: one call of `step` for a
certificate, which signs a new one, and one `pct push` for each of its two files; nothing is checked, kept or reloaded.
The ratio is the product's time (engine and program start included) divided by the loop's.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
DOMAIN = "internal.thinkheads.ai"
GUEST = 102
LIMIT = 1200.0
# arguments: how many, and the guest, whose CLI is borrowed: the node has none of its own
LOOP = """
set -eu
ca=/quickOS/lxc-persistent-data/103/ssl work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pct exec $2 -- mkdir -p /root/loop
pct pull $2 "$(pct exec $2 -- sh -c 'command -v step')" $work/step; chmod 755 $work/step
date +%s.%N
for number in $(seq 1 $1); do
  name=loop-$number.{domain}
  $work/step ca certificate $name $work/crt $work/key --force --san $name --not-after 24h \\
    --provisioner admin@thinkheads.ai --provisioner-password-file $ca/provisioner_password.txt \\
    --ca-url https://10.0.0.10:9000 --root $ca/certs/root_ca.crt 2> $work/said || { cat $work/said >&2; exit 1; }
  pct push $2 $work/crt /root/loop/$number.crt
  pct push $2 $work/key /root/loop/$number.key --perms 600
done
date +%s.%N
pct exec $2 -- sh -c 'ls /root/loop | wc -l; rm -r /root/loop'
""".replace("{domain}", DOMAIN)


def manifest(count: int) -> str:
    """The entries of the scratch certificates."""
    return "".join(
        f"\n  - name: scratch-{number}\n    common_name: scratch-{number}.{DOMAIN}\n    distribution:\n"
        f"      - {{guest: {GUEST}, certificate: /root/scratch/{number}.crt, key: /root/scratch/{number}.key}}\n"
        for number in range(1, count + 1)
    )


def scratch(folder: Path, count: int) -> Path:
    """A copy of the checkout whose manifest has so many certificates more."""
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    copy = Path(shutil.copytree(CHECKOUT, folder / "checkout", ignore=ignored))
    (copy / ".venv").symlink_to(CHECKOUT / ".venv")
    certificates = copy / "config" / "certificates.yaml"
    certificates.write_text(certificates.read_text() + manifest(count))
    return copy


def timed(folder: Path, words: Sequence[str], given: str = "") -> tuple[float, str]:
    """Seconds that a command inside the lab took, and what it said."""
    begun = time.monotonic()
    done = subprocess.run(
        [str(CHECKOUT / "bin" / "lab"), "exec", "--", *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{words[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return time.monotonic() - begun, done.stdout


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(prefix="phoenix-benchmark-") as folder:
        copy = scratch(Path(folder), count)
        part = [str(copy / "bin" / "phoenix"), "up", "--stack", "dev", "--certificates-only"]
        first, _ = timed(copy, part)
        print(f"{first:7.1f} s  product, {count} certificates issued and distributed for the first time", flush=True)
        try:
            names = ",".join(f"scratch-{number}" for number in range(1, count + 1))
            product, said = timed(copy, ["env", f"PHOENIX_RENEW_CERTIFICATES={names}", *part])
            assert f"~ {2 * count} updated" in said, said[-3000:]
            print(f"{product:7.1f} s  product, all {count} renewed and distributed", flush=True)
            _, said = timed(copy, ["ssh", "root@10.0.0.13", "sh", "-s", "--", str(count), str(GUEST)], LOOP)
            begun, ended, made = said.split()
            assert int(made) == 2 * count, said
            loop = float(ended) - float(begun)
            print(f"{loop:7.1f} s  shell loop on the node, {count} signed and pushed", flush=True)
            print(f"{product / loop:7.2f}    product / loop")
        finally:
            timed(CHECKOUT, [str(CHECKOUT / "bin" / "phoenix"), "up", "--stack", "dev", "--certificates-only"])


if __name__ == "__main__":
    main()
