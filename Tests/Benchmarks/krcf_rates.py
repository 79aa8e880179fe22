"""Rates of krcf, the Python binding of AWS's Rust forest, as `agent-bench forest` prints ours: JSON lines.

usage: krcf_rates.py DIMENSIONS TREES [SECONDS]

The same kind of points (standard normal, every 100th 6 away), samples of 256, a time decay of 2,560 points, one
thread, three seconds of warm-up, and the median of five runs of SECONDS (1) of CPU time.
"""

import json
import statistics
import sys
import time

import numpy
from krcf import RandomCutForest, RandomCutForestOptions

POINTS = 1 << 14
STEP = 10


def main():
    dimensions, trees = int(sys.argv[1]), int(sys.argv[2])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 1.0
    table = numpy.random.default_rng(1).standard_normal((POINTS, dimensions)).astype(numpy.float32)
    table[::100] += 6
    # Lists, because taking numpy's values apart in every call would count against krcf.
    points = [[float(value) for value in row] for row in table]
    options = {
        "dimensions": dimensions,
        "shingle_size": 1,
        "num_trees": trees,
        "sample_size": 256,
        "random_seed": 7,
        "parallel_execution_enabled": False,
        "lambda": 1 / 2560,
    }
    forest = RandomCutForest(RandomCutForestOptions(**options))
    place = 0

    def rate(scores, updates, seconds):
        nonlocal place
        count = 0
        start = time.process_time()
        elapsed = 0.0
        while elapsed < seconds:
            for _ in range(STEP):
                point = points[place]
                place = (place + 1) % POINTS
                if scores:
                    forest.score(point)
                if updates:
                    forest.update(point)
            count += STEP
            elapsed = time.process_time() - start
        return count / elapsed

    rate(True, True, 3)
    for case, scores, updates in [("score+update", True, True), ("score", True, False), ("update", False, True)]:
        value = round(statistics.median(rate(scores, updates, seconds) for _ in range(5)))
        print(json.dumps({"benchmark": "krcf", "case": case, "value": value, "unit": "points/CPU-s"}), flush=True)


main()
