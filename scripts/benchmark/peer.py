"""The peer: the same network in eager PyTorch, one step or one measurement of the roof per line of standard input.

Speaks as `streamingt2v benchmark --on-request` does: a line of JSON when the model is loaded, and one after each step.
"""

import argparse
import contextlib
import json
import pathlib
import sys
import time

import torch

import network


def peak_memory():
    """Bytes that were resident at most, mapped files included."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) << 10


def say(**values):
    print(json.dumps(values), flush=True)


def load(folder, part, dtype):
    from safetensors.torch import load_file

    model = network.build(part, json.loads((folder / part / "config.json").read_text()))
    own = folder / network.PEER_WEIGHTS
    model.load_state_dict(load_file(own if own.exists() else folder / part / network.weights_file(part)), assign=True)
    for module in model.modules():  # transformers' counts of positions are no weights
        if getattr(module, "position_ids", None) is not None:
            module.position_ids = torch.arange(module.position_ids.shape[-1])[None]
    return model.to(dtype)


def forward(part, compute):
    """A work that runs a network forwards: what prepares it."""

    def prepare(folder, dtype, inputs):
        model = load(folder, part, dtype)
        ready = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}

        def step():
            with torch.inference_mode():
                return compute(model, ready).float()

        return step

    return prepare


def training(folder, dtype, inputs):
    """With the settings of TorchNN's AdamW; both of PyTorch's optimizers are as fast, this is the one that users get."""
    model = load(folder, "unet", torch.float32).requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.99), weight_decay=0.01)
    cast = torch.autocast("cpu", dtype) if dtype != torch.float32 else contextlib.nullcontext()

    def step():
        with cast:
            prediction = model(inputs["sample"], inputs["timestep"], inputs["context"]).sample
        loss = torch.nn.functional.mse_loss(prediction.float(), inputs["sample"])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return torch.stack([loss.detach(), norm])

    return step


WORKS = {
    "denoising": forward("unet", lambda unet, given: unet(given["sample"], given["timestep"], given["context"]).sample),
    "training": training,
    "decoding": forward("vae", lambda autoencoder, given: autoencoder.decode(given["latents"]).sample),
    "text": forward("text_encoder", lambda encoder, given: encoder(given["tokens"]).last_hidden_state),
    "image": forward("image_encoder", lambda encoder, given: encoder(given["image"]).image_embeds),
}


def roof():
    """The best GFLOP/s of the kernels that a step consists of, by type."""

    def best(operations, run, repeats=5):
        seconds = []
        for _ in range(repeats):
            begin = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - begin)
        return operations / min(seconds) / 1e9

    found = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        rates = []
        for channels, side in ((320, 32), (640, 16)):
            image = torch.randn(16, channels, side, side, dtype=dtype).to(memory_format=torch.channels_last)
            kernel = torch.randn(channels, channels, 3, 3, dtype=dtype).to(memory_format=torch.channels_last)
            rates.append(
                best(
                    2 * 9 * channels * channels * 16 * side * side,
                    lambda: torch.nn.functional.conv2d(image, kernel, padding=1),
                )
            )
        for rows, width in ((4096, 640), (2048, 1280)):
            tokens = torch.randn(rows, width, dtype=dtype)
            weight = torch.randn(width, width, dtype=dtype)
            packed = torch.ops.mkldnn._reorder_linear_weight(weight)
            operations = 2 * rows * width * width
            rates.append(best(operations, lambda: torch.nn.functional.linear(tokens, weight)))
            rates.append(
                best(
                    operations,
                    lambda: torch.ops.mkldnn._linear_pointwise(tokens, packed, None, "none", [], ""),
                )
            )
        found[name] = max(rates)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--work", choices=list(WORKS), required=True)
    parser.add_argument("--inputs", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)

    from safetensors.torch import load_file, save_file

    step = WORKS[arguments.work](arguments.model, getattr(torch, arguments.dtype), load_file(arguments.inputs))
    say(threads=torch.get_num_threads())
    steps = 0
    for request in sys.stdin:
        if request.strip() == "roof":
            with torch.inference_mode():
                say(**roof())
            continue
        begin = time.perf_counter()
        prediction = step()
        seconds = time.perf_counter() - begin
        steps += 1
        if steps == 2:  # in training, with the weights that the first update left
            save_file({"prediction": prediction.contiguous()}, arguments.output)
        say(seconds=seconds, peak_memory=peak_memory())


if __name__ == "__main__":
    main()
