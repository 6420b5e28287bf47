"""NumPy's side of tests/check_python.sh: check_python.py write|compare FOLDER."""
import json
import sys

import numpy as np


def write(folder):
    """What twotower.h must read."""
    numbers = np.random.default_rng(1).standard_normal((7, 5))
    np.save(f"{folder}/numpy_f8.npy", numbers)
    np.save(f"{folder}/numpy_f4.npy", numbers.astype(np.float32))


def read_safetensors(path):
    """The tensors of a file, by the published description of the format."""
    kinds = {"F32": "<f4", "F64": "<f8", "U32": "<u4"}
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], kinds[t["dtype"]])
            .reshape(t["shape"]) for name, t in header.items()}


def tower(tensors, name, x):
    """Dense layers with ReLU between them, then length one."""
    x = x.astype(np.float64)
    layer = 0
    while f"{name}.{layer}.weights" in tensors:
        if layer:
            x = np.maximum(x, 0)
        x = x @ tensors[f"{name}.{layer}.weights"] + tensors[f"{name}.{layer}.bias"]
        layer += 1
    return x / np.sqrt(np.maximum((x**2).sum(axis=1, keepdims=True), 1e-12))


def compare(folder):
    """What twotower.h wrote, against NumPy."""
    for kind in "f8", "f4":
        ours, numpys = (open(f"{folder}/{whose}_{kind}.npy", "rb").read()
                        for whose in ("ours", "numpy"))
        if ours != numpys:
            sys.exit(f"ours_{kind}.npy isn't np.save's, byte for byte")
    tensors = read_safetensors(f"{folder}/model.safetensors")
    users, items, predicted = (np.load(f"{folder}/{name}.npy")
                               for name in ("users", "items", "predictions"))
    expected = tower(tensors, "user", users) @ tower(tensors, "item", items).T
    worst = np.abs(expected - predicted).max()
    if predicted.std() < 0.1 or not worst < 1e-6:
        sys.exit(f"predictions differ by up to {worst:.3g}")
    print(f"{predicted.size} predictions within {worst:.2g} of NumPy's")


if __name__ == "__main__":
    {"write": write, "compare": compare}[sys.argv[1]](sys.argv[2])
