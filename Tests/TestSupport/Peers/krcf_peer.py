"""What krcf, a binding of AWS's Rust forest, says about five kinds of data: comma-separated lines.

usage: krcf_peer.py SEEDS [FIRST]     means over forests with the seeds FIRST (default 0) and SEEDS - 1 more

A line is: set, shingle size, kind, point, values. Each of 300 points is scored and then learned by forests of
50 trees, 256 samples and lambda 1/2560 (`score`). Then 40 other points are asked about (`attribution`: what lies
above on each position, then below; `density`; `neighbor`: the mean over the trees of the L1 distance to the leaf).
"""

import sys

import numpy
from krcf import RandomCutForest, RandomCutForestOptions

POINTS, QUERIES = 300, 40


def with_outliers(points):
    points[50::50] += 6
    return points


def wave(random, length):
    step = numpy.arange(length)
    return (numpy.sin(step * 2 * numpy.pi / 24) + 0.05 * random.standard_normal(length) + (step % 97 == 96))[:, None]


def clustered(random, length):
    centers = random.choice([0.0, 5.0, 20.0], (length, 1), p=[0.6, 0.35, 0.05])
    return centers + 0.1 * random.standard_normal((length, 2))


SETS = {
    "uniform": (1, lambda random, length: random.random((length, 1))),
    "gaussian-4": (1, lambda random, length: with_outliers(random.standard_normal((length, 4)))),
    "clustered": (1, clustered),
    "periodic-8": (8, wave),
    "periodic-48": (48, wave),
    "constant": (1, lambda random, length: numpy.full((length, 1), 5.0)),
}


def forest(points, shingle, seed):
    return RandomCutForest(
        RandomCutForestOptions(
            dimensions=points.shape[1],
            shingle_size=shingle,
            num_trees=50,
            sample_size=256,
            output_after=64,
            random_seed=seed,
            parallel_execution_enabled=False,
            internal_shingling=True,
            initial_accept_fraction=1.0,
            **{"lambda": 1 / 2560},
        )
    )


def ask(forest, query):
    attribution = forest.attribution(query)
    distances = [neighbor["distance"] for neighbor in forest.near_neighbor_list(query, 50)]
    return {
        "attribution": attribution["high"] + attribution["low"],
        "density": [forest.density(query)],
        "neighbor": [sum(distances) / len(distances)],
    }


def main():
    seeds = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    random = numpy.random.default_rng(20161)
    for name, (shingle, make) in SETS.items():
        table = numpy.round(make(random, POINTS + QUERIES), 3).astype(numpy.float32)
        points, queries = table[:POINTS].tolist(), table[POINTS:].tolist()
        scores = numpy.zeros(POINTS)
        answers = [{} for _ in queries]
        for seed in range(first, first + seeds):
            one = forest(table, shingle, seed)
            for index, point in enumerate(points):
                scores[index] += one.score(point) / seeds
                one.update(point)
            for query, answer in zip(queries, answers):
                for kind, values in ask(one, query).items():
                    answer[kind] = answer.get(kind, 0) + numpy.array(values) / seeds
        lines = [("score", point, [score]) for point, score in zip(points, scores)]
        lines += [(kind, query, answer[kind]) for query, answer in zip(queries, answers) for kind in answer]
        for kind, point, values in lines:
            texts = [" ".join(f"{value:.{digits}g}" for value in row) for digits, row in ((6, point), (6, values))]
            print(name, shingle, kind, *texts, sep=",")


main()
