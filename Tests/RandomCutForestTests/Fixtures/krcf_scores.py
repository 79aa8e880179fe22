#!/usr/bin/env python3
"""Writes krcf_scores.csv: scores by krcf 0.4.0 (PyPI), a binding of AWS's Rust forest.

    python3 -m venv venv && venv/bin/pip install krcf==0.4.0 numpy && venv/bin/python krcf_scores.py

A line is: set, shingle size, values, mean score. Each point is scored, then learned, by
20 forests (seeds 0...19) of 50 trees, 256 samples, lambda 1/2560; the score is their mean.
"""
import numpy as np
from krcf import RandomCutForest, RandomCutForestOptions

N, SEEDS = 300, 20
rng = np.random.default_rng(20161)
step = np.arange(N)


def with_outliers(points):
    points[50::50] += 6
    return points


SETS = {
    "uniform": (1, rng.random((N, 1))),
    "gaussian-4": (1, with_outliers(rng.standard_normal((N, 4)))),
    "clustered": (1, rng.choice([0.0, 5.0, 20.0], (N, 1), p=[0.6, 0.35, 0.05]) + 0.1 * rng.standard_normal((N, 2))),
    "periodic": (8, (np.sin(step * 2 * np.pi / 24) + 0.05 * rng.standard_normal(N) + (step % 97 == 96))[:, None]),
    "constant": (1, np.full((N, 1), 5.0)),
}

with open("krcf_scores.csv", "w") as out:
    for name, (shingle, points) in SETS.items():
        points = np.round(points, 3).astype(np.float32)
        forests = [
            RandomCutForest(RandomCutForestOptions(
                dimensions=points.shape[1], shingle_size=shingle, num_trees=50, sample_size=256, output_after=64,
                random_seed=seed, parallel_execution_enabled=False, internal_shingling=True,
                initial_accept_fraction=1.0, **{"lambda": 1 / 2560}))
            for seed in range(SEEDS)
        ]
        for point in points.tolist():
            total = 0.0
            for forest in forests:
                total += forest.score(point)
                forest.update(point)
            out.write(f"{name},{shingle},{' '.join(f'{v:.3f}' for v in point)},{total / SEEDS:.5f}\n")
