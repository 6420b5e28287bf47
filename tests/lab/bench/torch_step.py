#!/usr/bin/python3
"""PyTorch and NumPy at the work that bench.c measures, one line of CSV each:

    what,threads,size,seconds,MB

    torch_step.py step THREADS     a training step of the notebook's model, batch 32, eager PyTorch
    torch_step.py neighbours N     the nearest of N vectors of 32 for each of them, NumPy, float64

They need Debian's python3-torch and python3-numpy.
"""
import resource
import sys
import time

import numpy as np


def report(what, threads, size, seconds):
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what},{threads},{size},{seconds:.9f},{megabytes:.1f}")


def step(threads, batch=32, steps=200, rounds=5):
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    n_users, n_films, n = 610, 9664, batch * steps
    users, films = torch.randn(n_users, 16), torch.randn(n_films, 18)
    user, film = torch.randint(n_users, (n,)), torch.randint(n_films, (n,))
    target = torch.rand(n) * 2 - 1

    def tower(fan_in):
        linear, relu = torch.nn.Linear, torch.nn.ReLU
        return torch.nn.Sequential(linear(fan_in, 512), relu(), linear(512, 256), relu(),
                                   linear(256, 32))

    user_tower, film_tower = tower(16), tower(18)
    parameters = [*user_tower.parameters(), *film_tower.parameters()]
    adam = torch.optim.Adam(parameters, lr=0.01, eps=1e-7)
    normalize = torch.nn.functional.normalize

    def epoch():
        for rows in torch.randperm(n).split(batch):
            u = normalize(user_tower(users[user[rows]]))
            v = normalize(film_tower(films[film[rows]]))
            loss = ((u * v).sum(dim=1) - target[rows]).square().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()

    epoch()  # what happens only once doesn't count
    least = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        epoch()
        least = min(least, time.perf_counter() - start)
    report("step", threads, batch, least / steps)


def neighbours(n):
    vectors = np.random.default_rng(1).standard_normal((n, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    least = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        squares = (vectors**2).sum(axis=1)
        distances = vectors @ vectors.T
        distances *= -2
        distances += squares[:, None]
        distances += squares
        np.fill_diagonal(distances, np.inf)
        distances.argmin(axis=1)
        least = min(least, time.perf_counter() - start)
        del distances
    report("neighbours", 1, n, least)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "step":
        step(int(sys.argv[2]))
    elif len(sys.argv) == 3 and sys.argv[1] == "neighbours":
        neighbours(int(sys.argv[2]))
    else:
        sys.exit(__doc__)
