"""Python's side of tests/unit/check_python.sh: check_python.py write|compare FOLDER."""
import json
import sys
import zlib

import numpy as np

try:
    import torch
except ImportError:
    torch = None

KINDS = {"F32": "<f4", "F64": "<f8", "U32": "<u4", "U64": "<u8", "U8": "u1"}


def write(folder):
    """What twotower.h must read."""
    numbers = np.random.default_rng(1).standard_normal((7, 5))
    np.save(f"{folder}/numpy_f8.npy", numbers)
    np.save(f"{folder}/numpy_f4.npy", numbers.astype(np.float32))
    write_safetensors(f"{folder}/numpy.safetensors", random_model())


def random_model():
    """A model of 3 and 5 inputs with two layers, in the order of tt__list_tensors (§16)."""
    random = np.random.default_rng(2)
    tensors = {}
    for name, value in ("learning_rate", 0.01), ("beta1", 0.9), ("beta2", 0.999), \
                       ("epsilon", 1e-7), ("beta1_power", 0.9), ("beta2_power", 0.999):
        tensors[f"adam.{name}"] = np.array([value], "<f8")
    tensors["adam.steps"] = np.array([1], "<u8")
    tensors["epochs"] = np.array([1], "<u8")
    for name, inputs in ("user", 3), ("item", 5):
        for layer, shape in enumerate([(inputs, 8), (8, 4)]):
            for what, size in ("weights", shape), ("bias", shape[1:]):
                parameter = f"{name}.{layer}.{what}"
                tensors[parameter] = random.standard_normal(size).astype("<f4")
                tensors[f"{parameter}.m"] = random.standard_normal(size).astype("<f4")
                tensors[f"{parameter}.v"] = random.random(size).astype("<f4")
    tensors["seed"] = np.array([2], "<u4")
    tensors["random.state"] = random.integers(1, 2**32, 624).astype("<u4")
    tensors["random.position"] = np.array([624], "<u4")
    names = ["Age", "Caf\u00e9", ""]
    tensors["user.features"] = np.frombuffer(b"".join(n.encode() + b"\0" for n in names), "u1")
    return tensors


def write_safetensors(path, tensors):
    """By the lines of Python that twotower.h itself gives (§16)."""
    with open("twotower.h", encoding="utf-8") as file:
        lines = file.read().split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("       header, end = {"))
    last = next(i for i in range(first, len(lines)) if "zlib.crc32" in lines[i])
    code = "\n".join(line[7:] for line in lines[first:last + 1]).replace("*/", "")
    exec(code, {"json": json, "zlib": zlib, "numpy": np, "tensors": tensors, "path": path})


def read_safetensors(path):
    """The tensors of a file, by the published description of the format."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    for name, t in header.items():
        if name != "__metadata__":
            size = np.dtype(KINDS[t["dtype"]]).itemsize
            assert t["data_offsets"][0] % size == 0, f"{name} isn't aligned"
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], KINDS[t["dtype"]])
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
    users, items = (np.load(f"{folder}/{name}.npy") for name in ("users", "items"))
    for model, theirs in ("model", "predictions"), ("numpy", "numpy_predictions"):
        tensors = read_safetensors(f"{folder}/{model}.safetensors")
        predicted = np.load(f"{folder}/{theirs}.npy")
        compare_predictions(f"{model}.safetensors, NumPy", predicted,
                            tower(tensors, "user", users) @ tower(tensors, "item", items).T)
        if torch:
            vectors = [torch_tower(tensors, name, x) for name, x in (("user", users),
                                                                     ("item", items))]
            compare_predictions(f"{model}.safetensors, PyTorch", predicted,
                                (vectors[0] @ vectors[1].T).numpy())
    if not torch:
        print("SKIPPED PyTorch: this python3 has no torch")


def torch_tower(tensors, name, x):
    """The same tower by PyTorch's own functions, in floats."""
    x = torch.from_numpy(x.copy())
    layer = 0
    while f"{name}.{layer}.weights" in tensors:
        weights, bias = (torch.from_numpy(tensors[f"{name}.{layer}.{what}"].copy())
                         for what in ("weights", "bias"))
        x = torch.nn.functional.linear(torch.relu(x) if layer else x, weights.T, bias)
        layer += 1
    return torch.nn.functional.normalize(x, dim=1)


def compare_predictions(what, predicted, expected):
    worst = np.abs(expected - predicted).max()
    if predicted.std() < 0.1 or not worst < 1e-6:
        sys.exit(f"{what}: predictions differ by up to {worst:.3g}")
    print(f"ok      {what}: {predicted.size} predictions within {worst:.2g}")


if __name__ == "__main__":
    {"write": write, "compare": compare}[sys.argv[1]](sys.argv[2])
