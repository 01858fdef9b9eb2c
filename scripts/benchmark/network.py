"""The networks that are compared: their settings, random weights, inputs, and the operations of a step.

The base UNet3D of diffusers in three sizes, and the published autoencoder."""

import argparse
import json
import pathlib

import torch

FRAMES = 16
CONTEXT_LENGTH = 77
BATCH = 2  # both branches of guidance
WEIGHTS = "diffusion_pytorch_model.safetensors"
ROOT = pathlib.Path(__file__).resolve().parents[2]

FULL = {
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280, 1280],
    "down_block_types": ["CrossAttnDownBlock3D"] * 3 + ["DownBlock3D"],
    "up_block_types": ["UpBlock3D"] + ["CrossAttnUpBlock3D"] * 3,
    "layers_per_block": 2,
    "cross_attention_dim": 1024,
    "attention_head_dim": 64,
    "norm_num_groups": 32,
    "norm_eps": 1e-5,
    "sample_size": 32,
    "transformer_in_heads": 8,
}


AUTOENCODER = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 4,
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "scaling_factor": 0.18215,
    "sample_size": 256,
}
DECODED_FRAMES = 2


def settings(size):
    """What the part's `config.json` says at this size."""
    if size == "autoencoder":
        return AUTOENCODER
    if size == "embedded":
        return json.loads((ROOT / "Models/journeys/unet/config.json").read_text())
    return FULL | ({"block_out_channels": [64, 128, 256, 256]} if size == "middle" else {})


def build(part, config):
    """The network without memory for its weights."""
    from diffusers import AutoencoderKL, UNet3DConditionModel
    from diffusers.models.transformers.transformer_temporal import TransformerTemporalModel

    if part == "vae":
        with torch.device("meta"):
            return AutoencoderKL(**config).eval().requires_grad_(False)
    config = dict(config)
    heads = config.pop("transformer_in_heads")
    if config.pop("temporal_norm_num_groups", 32) != 32:
        raise SystemExit("diffusers fixes the groups of the temporal norms at 32")
    with torch.device("meta"):
        network = UNet3DConditionModel(**config)
        if heads != 8:  # which diffusers fixes, too, but in one place
            network.transformer_in = TransformerTemporalModel(
                num_attention_heads=heads,
                attention_head_dim=config["attention_head_dim"],
                in_channels=config["block_out_channels"][0],
                num_layers=1,
                norm_num_groups=32,
            )
    return network.eval().requires_grad_(False)


def input_shapes(config):
    if "latent_channels" in config:
        side = config["sample_size"] // 8
        return {"latents": [DECODED_FRAMES, config["latent_channels"], side, side]}
    side = config["sample_size"]
    return {
        "sample": [BATCH, config["in_channels"], FRAMES, side, side],
        "timestep": [BATCH],
        "context": [BATCH, CONTEXT_LENGTH, config["cross_attention_dim"]],
    }


def operations(work, config):
    """Multiplications and additions of convolutions, products and attention in one step.

    In denoising, keys and values of the text are left out: they are the same in all steps.
    """
    from torch.utils.flop_counter import FlopCounterMode

    network = build("vae" if work == "decoding" else "unet", config)
    inputs = {name: torch.empty(shape, device="meta") for name, shape in input_shapes(config).items()}
    with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(work == "training"):
        if work == "decoding":
            network.decode(inputs["latents"])
        else:
            network.requires_grad_(work == "training")
            prediction = network(inputs["sample"], inputs["timestep"], inputs["context"]).sample
            if work == "training":
                prediction.sum().backward()
    if work != "denoising":
        return counter.get_total_flops()
    rows = BATCH * FRAMES * CONTEXT_LENGTH
    text = sum(
        2 * rows * parameter.numel()
        for name, parameter in network.named_parameters()
        if ".attn2.to_k." in name or ".attn2.to_v." in name
        if parameter.shape[1] == config["cross_attention_dim"] and ".temp_attentions." not in name
    )
    return counter.get_total_flops() - text


def values(name, shape, generator):
    """Random weights under which no layer is without effect."""
    normal = torch.empty(shape).normal_(generator=generator)
    if len(shape) > 1:
        fan_in = normal[0].numel()
        return normal.mul_((3 * fan_in) ** -0.5)
    return normal.mul_(0.1).add_(1) if "norm" in name and name.endswith("weight") else normal.mul_(0.02)


def write(size, folder):
    """Draws weights and inputs into a model folder, which the settings complete."""
    from safetensors.torch import save_file

    config = settings(size)
    generator = torch.Generator().manual_seed(0)
    part = "vae" if size == "autoencoder" else "unet"
    (folder / part).mkdir(parents=True, exist_ok=True)
    inputs = {
        name: torch.empty(shape).normal_(generator=generator) for name, shape in input_shapes(config).items()
    }
    if "timestep" in inputs:
        inputs["timestep"].fill_(601)
    save_file(inputs, folder / "inputs.safetensors")
    weights = {
        name: values(name, tensor.shape, generator) for name, tensor in build(part, config).state_dict().items()
    }
    save_file(weights, folder / part / WEIGHTS)
    works = ["decoding"] if part == "vae" else ["denoising", "training"]
    counts = {work: operations(work, config) for work in works}
    (folder / part / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "operations.json").write_text(json.dumps(counts))  # the last: with it the folder is complete


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Writes a model folder with random weights.")
    parser.add_argument("size", choices=["embedded", "middle", "full", "autoencoder"])
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    write(arguments.size, arguments.folder)
