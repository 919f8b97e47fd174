"""`python -m benchmarks [NAME…]`: runs the benchmarks of these names, or all of them."""

from __future__ import annotations

import sys

from benchmarks import guard, hashing, index, lists, log, policy, queue, rematch, serving

BENCHMARKS = {
    "hashing": hashing.run,
    "index": index.run,
    "serving": serving.run,
    "lists": lists.run,
    "log": log.run,
    "policy": policy.run,
    "guard": guard.run,
    "queue": queue.run,
    "rematch": rematch.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n{name}\n")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
