"""Runs both programs in turns on one set of weights and prints what came of it; see scripts/compare-pytorch."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import network

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = {"embedded": 20, "middle": 7, "full": 3, "autoencoder": 5, "text": 9, "image": 5}
# Largest relative errors. The published autoencoder with random weights makes more of bfloat16's rounding than the UNet.
LIMITS = {"fp32": 1e-4, "bf16": 2e-2}
DECODING_LIMITS = {"fp32": 1e-4, "bf16": 5e-2}
TYPES = {"fp32": "float32", "bf16": "bfloat16"}


class Program:
    """One program with its model in memory that computes a step when it is asked to."""

    def __init__(self, name, command, output, threads):
        begin = time.perf_counter()
        self.name, self.output, self.seconds, self.peak_memory = name, output, [], 0
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )
        used = self.read()["threads"]
        if used != threads:
            raise SystemExit(f"compare-pytorch: {name} computes with {used} threads, not {threads}")
        self.seconds_to_start = time.perf_counter() - begin

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"compare-pytorch: {self.name} ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.read()

    def step(self, is_warm=True):
        answer = self.ask("step")
        self.peak_memory = answer["peak_memory"]
        if is_warm:
            self.seconds.append(answer["seconds"])

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    @property
    def median(self):
        return statistics.median(self.seconds)


class Comparison:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.roofs = arguments, folder, []
        self.operations = json.loads((folder / "operations.json").read_text())[arguments.work]

    def program(self, kind, precision):
        arguments, dtype = self.arguments, TYPES[precision]
        output = self.folder / f"{arguments.work}-{kind}-{precision}.safetensors"
        common = ["--model", self.folder, "--work", arguments.work, "--inputs", self.folder / "inputs.safetensors"]
        common += ["--output", output, "--dtype", dtype]
        if kind == "eager":
            command = [sys.executable, HERE / "peer.py", *common, "--threads", arguments.threads]
        else:
            # As train is meant to be used: the two rows of the batch at once, each with its share of the threads.
            workers = 2 if arguments.work == "training" and arguments.threads % 2 == 0 else 1
            command = [arguments.program, "benchmark", *common, "--on-request", "--steps", 10**6]
            command += ["--threads", arguments.threads // workers, "--workers", workers]
        say(f"starting {kind} {precision}")
        return Program(f"{kind} {precision}", command, output, arguments.threads)

    def take_turns(self, programs):
        """A B A B, after one step each that warms up; the roof is measured in between."""
        for program in programs:
            program.step(is_warm=False)
        for index in range(self.arguments.rounds):
            for program in programs:
                program.step()
            self.roofs.append(programs[0].ask("roof"))
            say(f"round {index + 1}: " + ", ".join(f"{p.name} {p.seconds[-1]:.3f} s" for p in programs))

    def run(self):
        result = {key: None for key in KEYS}
        operations = self.operations
        with contextlib.ExitStack() as stack:

            def start(kind, precision):
                program = self.program(kind, precision)
                stack.callback(program.end)
                return program

            eager, ours = start("eager", "fp32"), start("ours", "fp32")
            self.take_turns([eager, ours])
            ours.end()
            result |= self.figures("fp32", eager, ours)
            result["seconds_eager_fp32"] = eager.median
            result["seconds_to_start_eager"] = eager.seconds_to_start
            result["seconds_to_start"] = ours.seconds_to_start
            result["peak_memory_eager_fp32"] = eager.peak_memory
            roof = max(found["fp32"] for found in self.roofs)
            if self.arguments.work == "text":
                result["skipped"] = "bf16: prompts are encoded once, in float32"
            elif has_native_bfloat16():
                eager.seconds = []
                half, eager_half = start("ours", "bf16"), start("eager", "bf16")
                self.take_turns([eager, half, eager_half])
                result |= self.figures("bf16", eager, half)
                result["seconds_eager_fp32_beside_bf16"] = eager.median
                result["seconds_eager_bf16"] = eager_half.median
                result["ratio_bf16_to_eager_bf16"] = eager_half.median / half.median
                roof = max(found["fp32"] for found in self.roofs)
                result["roof_bf16"] = max(found["bf16"] for found in self.roofs)
                result["share_of_roof_bf16"] = operations / half.median / 1e9 / result["roof_bf16"]
            else:
                result["skipped"] = "bf16: this processor has neither AVX-512 BF16 nor AMX"
        result["operations"] = operations
        result["roof_fp32"] = roof
        result["share_of_roof"] = operations / ours.median / 1e9 / roof
        return result

    def figures(self, precision, eager, ours):
        return {
            f"seconds_{precision}": ours.median,
            f"ratio_{precision}": eager.median / ours.median,
            f"peak_memory_{precision}": ours.peak_memory,
            f"memory_ratio_{precision}": ours.peak_memory / eager.peak_memory,
            f"max_relative_error_{precision}": relative_error(ours.output, eager.output, self.arguments.work),
        }


KEYS = [
    "ratio_fp32",
    "ratio_bf16",
    "share_of_roof",
    "memory_ratio_fp32",
    "memory_ratio_bf16",
    "max_relative_error_fp32",
    "max_relative_error_bf16",
    "ratio_bf16_to_eager_bf16",
]


def say(text):
    print(f"compare-pytorch: {text}", file=sys.stderr, flush=True)


def relative_error(output, reference, work):
    """The largest difference of all elements over the largest magnitude of the reference; in training over each one's."""
    from safetensors.torch import load_file

    ours, theirs = (load_file(file)["prediction"] for file in (output, reference))
    if ours.shape != theirs.shape:
        raise SystemExit(f"compare-pytorch: {output} is {list(ours.shape)}, not {list(theirs.shape)}")
    magnitude = theirs.abs()
    return float(((ours - theirs).abs() / (magnitude if work == "training" else magnitude.max())).max())


def processor_lines(field):
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return ""


def has_native_bfloat16():
    return bool({"avx512_bf16", "amx_bf16"} & set(processor_lines("flags").split()))


def table(result):
    def number(key, form, scale=1.0):
        return "–" if result.get(key) is None else format(result[key] * scale, form)

    def row(title, *cells):
        return f"{title:<34}" + "".join(f"{cell:>12}" for cell in cells)

    def both(title, key, form, scale=1.0):
        return row(title, *(number(f"{key}_{precision}", form, scale) for precision in TYPES))

    lines = [
        f"{result['work']}, {result['size']}, {result['threads']} threads, {result['processor']}, {result['date']}",
        f"PyTorch {result['torch']}, diffusers {result['diffusers']}, "
        f"{result['operations'] / 1e9:.0f} GFLOP a step, {result['rounds']} rounds",
        row("", "fp32", "bf16"),
        both("eager PyTorch, s", "seconds_eager", ".3f"),
        row("eager fp32 meanwhile, s", "", number("seconds_eager_fp32_beside_bf16", ".3f")),
        both("this program, s", "seconds", ".3f"),
        both("times as fast as eager fp32", "ratio", ".2f"),
        row("times as fast as eager bf16", "", number("ratio_bf16_to_eager_bf16", ".2f")),
        both("best kernel, GFLOP/s", "roof", ".0f"),
        row("share of it", number("share_of_roof", ".2f"), number("share_of_roof_bf16", ".2f")),
        both("peak memory, MB", "peak_memory", ".0f", 1e-6),
        both("over that of eager fp32", "memory_ratio", ".2f"),
        both("largest relative error", "max_relative_error", ".1e"),
        row("start, s (eager)", number("seconds_to_start", ".2f"), f"({number('seconds_to_start_eager', '.2f')})"),
    ]
    return "\n".join(lines + ([result["skipped"]] if "skipped" in result else []))


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-pytorch")
    parser.add_argument("--work", choices=list(network.PARTS), default="denoising")
    parser.add_argument("--size", choices=["embedded", "middle", "full"], default="middle")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, help="timed steps of each program")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--program", type=pathlib.Path, default=".build/release/streamingt2v")
    parser.add_argument("--place", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    size = network.PUBLISHED.get(arguments.work, arguments.size)
    if arguments.rounds is None:
        arguments.rounds = ROUNDS[size]
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads must be 1 or more")

    folder = arguments.place / size
    if not (folder / "operations.json").exists():
        say(f"drawing weights into {folder}")
        subprocess.run([sys.executable, HERE / "network.py", size, folder], check=True)
    result = Comparison(arguments, folder).run()

    import diffusers
    import torch

    result |= {
        "work": arguments.work,
        "size": size,
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "processor": processor_lines("model name"),
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
    }
    print(json.dumps(result, indent=2) if arguments.json else table(result))
    for precision, limit in (DECODING_LIMITS if arguments.work == "decoding" else LIMITS).items():
        error = result[f"max_relative_error_{precision}"]
        if error is not None and not error <= limit:
            raise SystemExit(f"compare-pytorch: the outputs differ in {precision}: {error:.1e}, more than {limit:.0e}")


if __name__ == "__main__":
    main()
