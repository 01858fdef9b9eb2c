"""The networks that are compared: their settings, random weights, inputs, and the operations of a step.

The base UNet3D of diffusers in three sizes, and the published autoencoder, text and image transformer."""

import argparse
import json
import pathlib

import torch

FRAMES = 16
CONTEXT_LENGTH = 77
BATCH = 2  # both branches of guidance
WEIGHTS = "diffusion_pytorch_model.safetensors"
PEER_WEIGHTS = "peer.safetensors"  # where the peer's names are not the model's
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

TEXT = {
    "hidden_size": 1024,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "vocab_size": 49408,
    "max_position_embeddings": CONTEXT_LENGTH,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-5,
}
IMAGE = {
    "image_size": 224,
    "patch_size": 14,
    "width": 1280,
    "layers": 32,
    "heads": 16,
    "mlp_ratio": 4,
    "output_dim": 1024,
}

# The part of a model that each work runs.
PARTS = {
    "denoising": "unet",
    "training": "unet",
    "decoding": "vae",
    "text": "text_encoder",
    "image": "image_encoder",
}
# Works whose network has one size, and what that is called.
PUBLISHED = {"decoding": "autoencoder", "text": "text", "image": "image"}


def weights_file(part):
    return "model.safetensors" if part.endswith("_encoder") else WEIGHTS


def settings(size):
    """What the part's `config.json` says at this size."""
    if size in PUBLISHED.values():
        return {"autoencoder": AUTOENCODER, "text": TEXT, "image": IMAGE}[size]
    if size == "embedded":
        return json.loads((ROOT / "Models/journeys/unet/config.json").read_text())
    return FULL | ({"block_out_channels": [64, 128, 256, 256]} if size == "middle" else {})


def build(part, config):
    """The network without memory for its weights."""
    if part.endswith("_encoder"):
        return transformer(part, config)
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


def transformer(part, config):
    """CLIP's text or image transformer."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

    with torch.device("meta"):
        if part == "text_encoder":
            return CLIPTextModel(CLIPTextConfig(**config)).eval().requires_grad_(False)
        sizes = CLIPVisionConfig(
            hidden_size=config["width"],
            intermediate_size=config["width"] * config["mlp_ratio"],
            num_hidden_layers=config["layers"],
            num_attention_heads=config["heads"],
            image_size=config["image_size"],
            patch_size=config["patch_size"],
            projection_dim=config["output_dim"],
            hidden_act="gelu",
        )
        return CLIPVisionModelWithProjection(sizes).eval().requires_grad_(False)


def as_open_clip(weights):
    """An image transformer's weights under the names of OpenCLIP, which the release has."""
    names = {
        "vision_model.embeddings.class_embedding": "class_embedding",
        "vision_model.embeddings.patch_embedding.weight": "conv1.weight",
        "vision_model.embeddings.position_embedding.weight": "positional_embedding",
        "vision_model.pre_layrnorm.": "ln_pre.",
        "vision_model.post_layernorm.": "ln_post.",
        "vision_model.encoder.layers.": "transformer.resblocks.",
        ".layer_norm": ".ln_",
        ".self_attn.": ".attn.",
        ".mlp.fc1.": ".mlp.c_fc.",
        ".mlp.fc2.": ".mlp.c_proj.",
    }
    renamed = {}
    for name, tensor in weights.items():
        if name == "visual_projection.weight":
            renamed["visual.proj"] = tensor.T.contiguous()
        elif ".k_proj." in name or ".v_proj." in name:
            continue
        else:
            if ".q_proj." in name:
                tensor = torch.cat([weights[name.replace(".q_proj.", f".{part}_proj.")] for part in "qkv"])
                name = name.replace(".q_proj.", ".in_proj_")
            for old, new in names.items():
                name = name.replace(old, new)
            renamed[f"visual.{name}"] = tensor
    return renamed


def random_inputs(config, generator):
    def normal(*shape):
        return torch.empty(shape).normal_(generator=generator)

    if "vocab_size" in config:
        shape = [BATCH, CONTEXT_LENGTH]
        return {"tokens": torch.randint(config["vocab_size"], shape, generator=generator)}
    if "image_size" in config:
        return {"image": normal(BATCH, 3, config["image_size"], config["image_size"])}
    side = config["sample_size"]
    if "latent_channels" in config:
        return {"latents": normal(DECODED_FRAMES, config["latent_channels"], side // 8, side // 8)}
    return {
        "sample": normal(BATCH, config["in_channels"], FRAMES, side, side),
        "timestep": torch.full([BATCH], 601.0),
        "context": normal(BATCH, CONTEXT_LENGTH, config["cross_attention_dim"]),
    }


def operations(work, config, inputs):
    """Multiplications and additions of convolutions, products and attention in one step.

    In denoising, keys and values of the text are left out: they are the same in all steps.
    """
    from torch.utils.flop_counter import FlopCounterMode

    network = build(PARTS[work], config)
    inputs = {name: tensor.to("meta") for name, tensor in inputs.items()}
    with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(work == "training"):
        if work == "decoding":
            network.decode(inputs["latents"])
        elif work in ("text", "image"):
            network(*inputs.values())
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
    works = [work for work, name in PUBLISHED.items() if name == size] or ["denoising", "training"]
    part = PARTS[works[0]]
    (folder / part).mkdir(parents=True, exist_ok=True)
    inputs = random_inputs(config, generator)
    save_file(inputs, folder / "inputs.safetensors")
    weights = {
        name: values(name, tensor.shape, generator) for name, tensor in build(part, config).state_dict().items()
    }
    if part.endswith("_encoder"):
        save_file(weights, folder / PEER_WEIGHTS)
        # Published files have the prefix that newer versions of transformers leave out.
        text = {f"text_model.{name.removeprefix('text_model.')}": tensor for name, tensor in weights.items()}
        weights = as_open_clip(weights) if part == "image_encoder" else text
    save_file(weights, folder / part / weights_file(part))
    counts = {work: operations(work, config, inputs) for work in works}
    (folder / part / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "operations.json").write_text(json.dumps(counts))  # the last: with it the folder is complete


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Writes a model folder with random weights.")
    parser.add_argument("size", choices=["embedded", "middle", "full", *PUBLISHED.values()])
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    write(arguments.size, arguments.folder)
