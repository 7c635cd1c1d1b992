"""The table of bad and strange inputs: how each is made, and what becomes of it.

`python -m tests.support.inputs.kinds` prints it as docs/inputs.md has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from tests.support.inputs import bombs
from tests.support.inputs import strange as make
from tests.support.inputs.outcomes import Ignored, Kept, Kind, LeftOut, Place, in_words
from tests.support.inputs.strange import CUT, ELSEWHERE, FRAMES, H264, SOUND, filmed

# What the limits and reasons are called.
LIMITS = {"max_seconds_per_clip": 600, "max_pixels_per_frame": 20_000_000}
TOO_LONG, TOO_LARGE = "too long", "too large"
ANOTHER_FACE = "another face"
LEAST_FRAMES = 8
CAREFUL = ("files", "names", "playlists", "bombs")  # read by processes of their own, which can be stopped where they hang


def at_rate(rate: str) -> Callable[[int], int]:
    """For frame n at 25/s: the latest of the source's frames, `rate` a second, that begins before n / 25 s + 20 ms."""
    return lambda n: min(math.ceil((Fraction(n, 25) + Fraction(1, 50)) * Fraction(rate)) - 1, FRAMES - 1)


def variable(n: int) -> int:
    starts = [60 * k if k < 10 else 600 + 25 * (k - 10) for k in range(FRAMES)]  # ms
    return max(k for k, start in enumerate(starts) if start < 40 * n + 20)


def scaled(x: float, y: float) -> Place:
    return lambda n, points: (points + 0.5) * [x, y] - 0.5


def elsewhere(n: int, points: np.ndarray) -> np.ndarray:
    return points + np.array([ELSEWHERE if n >= CUT else 0, 0])


def between_bars(n: int, points: np.ndarray) -> np.ndarray:
    """Where landmarks are in a picture that was 240 pixels high, then 360, and is shown in that height all the time."""
    return points if n < CUT else (points + np.array([0.5, 60.5])) * 2 / 3 + np.array([(320 - 213) / 2 - 0.5, -0.5])


def rate(per_second: str) -> str:
    return f"-vf settb=1/90000,setpts=N*90000/({per_second}) -fps_mode passthrough -enc_time_base 1/90000"


VARIABLE = "-vf \"settb=1/1000,setpts='if(lt(N,10),60*N,600+25*(N-10))'\" -fps_mode passthrough -enc_time_base 1/1000"
COVER = "-f lavfi -i testsrc=size=64x64:rate=25:duration=0.04"
SMALL = f"-frames:v 12 {H264}"
AT_ALL = Kept(frames=12)


def tagged(matrix: str, pixels: str = "tv") -> str:
    return (
        f"-vf scale=out_color_matrix={matrix}:out_range={pixels},format=yuv420p -c:v libx264 -crf 12 -color_range {pixels} "
        f"-colorspace {dict(bt709='bt709', bt601='smpte170m')[matrix]}"
    )


KINDS = [
    # Files that are no video, or not a whole one
    Kind("damage/empty.mp4", "empty file", make.holding(""), LeftOut("empty file")),
    Kind("damage/text.mp4", "text", make.holding("This is a letter, not a film.\n" * 50), LeftOut("not a video")),
    Kind("damage/page.mp4", "HTML page of a server's error", make.holding("<!doctype html><title>404</title>\n"), LeftOut("not a video")),
    Kind("damage/noise.mp4", "random bytes", make.holding(np.random.default_rng(1).bytes(5000)), LeftOut("not a video")),
    Kind("damage/jpeg.mp4", "JPEG picture", make.picture(".jpg"), LeftOut("not a video")),
    Kind("damage/png.mp4", "PNG picture", make.picture(".png"), LeftOut("not a video")),
    Kind("damage/avif.mp4", "AVIF or HEIC photograph", make.picture(".avif"), LeftOut("no video stream")),
    Kind("damage/gif.mp4", "GIF animation", filmed("-frames:v 12 -f gif"), LeftOut("not a video")),
    Kind("damage/sound.mp4", "sound alone", make.made(f"{SOUND} -c:a aac"), LeftOut("no video stream")),
    Kind(
        "damage/cover.mp4",
        "sound with a cover picture",
        filmed("-map 1 -map 0 -c:a aac -c:v mjpeg -frames:v 1 -disposition:v attached_pic", more=SOUND),
        LeftOut("no video stream"),
    ),
    Kind("damage/no-index.mp4", "MP4 that ends before its index", make.cut_off(H264, 0.6), LeftOut("truncated")),
    Kind(
        "damage/half.mp4",
        "MP4 that breaks off after its index",
        make.cut_off(f"{H264} -g 3 -movflags +faststart", 0.6),
        Kept(frames=(8, 20), problem="truncated", remark="the ledger says `truncated`"),
    ),
    Kind("damage/flipped.mkv", "flipped bytes in the middle", make.damaged(f"{H264} -g 3"), Kept(frames=(15, 25), colours=20)),
    Kind("damage/encrypted.mp4", "encrypted pictures (CENC)", filmed(f"{H264} {make.CENC}"), LeftOut("encrypted")),
    Kind("damage/one.mp4", "one frame", filmed(f"-frames:v 1 {H264}"), LeftOut("too few frames")),
    Kind("damage/few.mp4", "fewer frames than `shards.min_frames_per_clip`", filmed(f"-frames:v 5 {H264}"), LeftOut("too few frames")),
    # Time
    Kind("time/10.mp4", "10 frames/s", filmed(f"{rate('10')} {H264}"), Kept((60, 63), shows=at_rate("10"))),
    Kind("time/24.mp4", "24 frames/s", filmed(f"{rate('24')} {H264}"), Kept((25, 26), shows=at_rate("24"))),
    Kind("time/29.mp4", "29.97 frames/s", filmed(f"{rate('30000/1001')} {H264}"), Kept((20, 21), shows=at_rate("30000/1001"))),
    Kind("time/50.mp4", "50 frames/s", filmed(f"{rate('50')} {H264}"), Kept((12, 13), shows=at_rate("50"))),
    Kind("time/60.mp4", "60 frames/s", filmed(f"{rate('60')} {H264}"), Kept((10, 11), shows=at_rate("60"))),
    Kind("time/variable.mkv", "variable rate", filmed(f"{VARIABLE} {H264}"), Kept((24, 25), shows=variable)),
    Kind(
        "time/late.mp4",
        "pictures that begin 0.4 s after the sound",
        filmed(f"-map 0 -map 1 {H264} -c:a aac", before="-itsoffset 0.4", more=SOUND),
        Kept(35, shows=lambda n: max(0, n - 10), remark="the first picture stands for the time before it"),
    ),
    Kind(
        "time/first-late.mkv",
        "pictures that begin 3 s after the sound",
        filmed(f"-map 0 -map 1 {H264} -c:a aac", before="-itsoffset 3", more=f"{SOUND}:d=4"),
        Kept(shows=lambda n: n - 75, remark="there is no picture before the first; the ledger says so"),
    ),
    Kind(
        "time/pause.mkv",
        "20 minutes without a picture",
        filmed(f"-vf 'settb=1/1000,setpts=N*40+gte(N\\,{CUT})*1200000' -fps_mode passthrough -enc_time_base 1/1000 {H264}"),
        Kept(shows=lambda n: n if n < CUT else n - 30_000, remark="the pause has no frames; the ledger says so"),
    ),
    Kind(
        "time/joined.mp4",
        "two recordings in one transport stream, each with its own time",
        make.anew(f"{H264} -bf 0"),
        Kept((FRAMES, FRAMES + 1), remark="the second goes on where the first ends; the ledger says so"),
    ),
    Kind(
        "time/twice.mp4",
        "two MP4 files in one, as `cat` joins them (also MOV, FLV, WMV and Ogg)",
        make.twice(H264),
        Kept(remark="the first alone, as players do; the ledger says that another follows"),
    ),
    Kind("time/offset.mkv", "time stamps that begin at 10 s", filmed(f"{H264} -output_ts_offset 10"), Kept()),
    Kind("time/stream.mp4", "MPEG transport stream, whose time begins at 1.4 s", filmed(f"{H264} -f mpegts"), Kept()),
    Kind(
        "time/negative.mp4",
        "time stamps before 0, which the edit list hides",
        filmed("-c:v copy", source="one key frame", before="-ss 0.2"),
        Kept(20, shows=lambda n: n + 5, remark="begins where players begin"),
    ),
    Kind(
        "time/spares.avi",
        "AVI that leaves frames out",
        filmed(f"-vf 'select=lt(n\\,10)+gt(n\\,14)' -fps_mode vfr {H264} -bf 2"),
        Kept(shows=lambda n: n if not 10 <= n < 15 else 9),
    ),
    Kind("time/sound.mkv", "sound that outlasts the pictures", filmed(f"{H264} -c:a pcm_s16le", more=f"{SOUND}:d=3"), Kept()),
    # The picture's geometry
    Kind("geometry/90.mp4", "phone video, turned by 90°", make.turned(90), Kept()),
    Kind("geometry/180.mp4", "phone video, turned by 180°", make.turned(180), Kept()),
    Kind("geometry/270.mp4", "phone video, turned by 270°", make.turned(270), Kept()),
    Kind("geometry/mirrored.mp4", "front camera, mirrored left to right", make.shown_by(4), Kept()),
    Kind("geometry/upside-down.mp4", "mirrored top to bottom", make.shown_by(5), Kept()),
    Kind("geometry/mirrored-90.mp4", "mirrored and turned by 90°", make.shown_by(6), Kept()),
    Kind("geometry/mirrored-270.mp4", "mirrored and turned by 270°", make.shown_by(7), Kept()),
    Kind("geometry/odd.mkv", "odd sides, 319×239", filmed("-vf crop=319:239:0:0 -c:v ffv1 -pix_fmt yuv444p"), Kept()),
    Kind("geometry/odd420.mp4", "odd sides in 4:2:0", filmed(f"-vf crop=319:239:0:0 {make.VP9}"), Kept()),
    Kind("geometry/wide.mp4", "pixels twice as wide as high", filmed(f"-vf scale=160:240,setsar=2 {H264}"), Kept()),
    Kind("geometry/tall.mp4", "pixels twice as high as wide", filmed(f"-vf scale=320:120,setsar=1/2 {H264}"), Kept()),
    Kind("geometry/changes.mp4", "another size in the middle", make.joined(f"{H264} -bf 0", f"-vf scale=160:120 {H264} -bf 0"), Kept()),
    Kind(
        "geometry/shape.mp4",
        "another shape in the middle",
        make.joined(f"{H264} -bf 0", f"-vf pad=320:360:0:60 {H264} -bf 0"),
        Kept(place=between_bars, remark="shown whole in the first one's size, between black bars"),
    ),
    Kind("geometry/tiny.mp4", "32×32 pixels", filmed(f"-vf scale=32:32 {H264}"), LeftOut("no face")),
    Kind(
        "geometry/large.mp4",
        "1920×1080 pixels",
        filmed(f"-frames:v 10 -vf scale=1440:1080,pad=1920:1080 {H264}"),
        Kept(10, place=scaled(4.5, 4.5)),
    ),
    Kind("geometry/interlaced.mkv", "marked as interlaced", filmed("-c:v mpeg2video -q:v 2 -flags +ilme+ildct"), Kept()),
    # Colours
    Kind("colour/10-bit-h264.mp4", "10 bits, H.264", filmed("-c:v libx264 -crf 12 -pix_fmt yuv420p10le"), Kept()),
    Kind("colour/10-bit-hevc.mp4", "10 bits, HEVC", filmed(f"{make.HEVC} -pix_fmt yuv420p10le"), Kept()),
    Kind("colour/10-bit-vp9.webm", "10 bits, VP9", filmed(f"{make.VP9} -pix_fmt yuv420p10le"), Kept()),
    Kind("colour/pq.mp4", "HDR, PQ", make.high_dynamic_range("smpte2084"), Kept(12, colours=25, remark="tone-mapped")),
    Kind("colour/hlg.mp4", "HDR, HLG", make.high_dynamic_range("arib-std-b67"), Kept(12, colours=25, remark="tone-mapped")),
    Kind("colour/full.mp4", "full range", filmed(tagged("bt601", "pc")), Kept()),
    Kind("colour/709.mp4", "BT.709", filmed(tagged("bt709")), Kept()),
    Kind("colour/601.mp4", "BT.601", filmed(tagged("bt601")), Kept()),
    Kind(
        "colour/ycgco.mp4",
        "a matrix that FFmpeg does not convert (YCgCo)",
        filmed("-c:v libx264 -crf 12 -pix_fmt yuv422p -colorspace ycgco"),
        Kept(remark="read as BT.601"),
    ),
    Kind("colour/422.mp4", "4:2:2", filmed("-c:v libx264 -crf 12 -pix_fmt yuv422p"), Kept()),
    Kind("colour/444.mp4", "4:4:4", filmed("-c:v libx264 -crf 12 -pix_fmt yuv444p"), Kept()),
    Kind("colour/rgb.mp4", "RGB in H.264", filmed("-c:v libx264rgb -crf 12"), Kept()),
    Kind("colour/grey.mkv", "grey", filmed("-c:v ffv1 -pix_fmt gray"), Kept(colours=6, grey=True)),
    Kind(
        "colour/alpha.mkv",
        "transparency, FFV1",
        filmed("-vf colorchannelmixer=aa=0.5 -c:v ffv1 -pix_fmt yuva420p"),
        Kept(remark="colours as stored"),
    ),
    Kind("colour/argb.mov", "transparency, QuickTime Animation", filmed("-c:v qtrle -pix_fmt argb"), Kept(remark="colours as stored")),
    Kind(
        "colour/prores.mov",
        "transparency and 10 bits, ProRes 4444",
        filmed("-c:v prores_ks -pix_fmt yuva444p10le"),
        Kept(remark="colours as stored"),
    ),
    Kind(
        "colour/palette.mkv",
        "palette",
        filmed("-frames:v 12 -vf split[a][b];[a]palettegen[p];[b][p]paletteuse -c:v png -pix_fmt pal8"),
        Kept(12),
    ),
    # Codecs
    Kind("codecs/hevc.mp4", "HEVC", filmed(make.HEVC), Kept()),
    Kind("codecs/vp8.webm", "VP8", filmed("-c:v libvpx -crf 6 -b:v 4M -deadline realtime"), Kept()),
    Kind("codecs/vp9.webm", "VP9", filmed(make.VP9), Kept()),
    Kind("codecs/av1.mp4", "AV1", filmed("-frames:v 10 -c:v libaom-av1 -crf 20 -b:v 0 -cpu-used 8 -pix_fmt yuv420p"), Kept(10)),
    Kind("codecs/mpeg4.avi", "MPEG-4 part 2 in AVI", filmed("-c:v mpeg4 -q:v 2"), Kept()),
    Kind("codecs/mpeg2.mp4", "MPEG-2 in a program stream", filmed("-c:v mpeg2video -q:v 2 -f mpeg"), Kept()),
    Kind("codecs/mjpeg.avi", "MJPEG in AVI", filmed("-c:v mjpeg -q:v 2 -pix_fmt yuvj420p"), Kept()),
    Kind("codecs/flv.mp4", "Flash video", filmed("-c:v flv -q:v 2 -f flv"), Kept()),
    Kind("codecs/wmv.avi", "Windows Media", filmed("-c:v wmv2 -q:v 2 -f asf"), Kept()),
    Kind("codecs/theora.mkv", "Theora in Ogg", filmed("-c:v libtheora -q:v 10 -f ogg"), Kept()),
    Kind(
        "codecs/two.mkv",
        "two picture streams",
        filmed(f"-map 0 -map 1 {H264}", more="-f lavfi -i testsrc=size=320x240:rate=25:duration=1"),
        Kept(remark="of two default ones the larger is taken, of two as large the first"),
    ),
    Kind(
        "codecs/default.mkv",
        "two picture streams, the second the default one",
        filmed(
            f"-map 1 -map 0 {H264} -disposition:v:0 0 -disposition:v:1 default", more="-f lavfi -i testsrc=size=640x480:rate=25:duration=1"
        ),
        Kept(remark="the default one is taken, as players do"),
    ),
    Kind(
        "codecs/cover.mp4",
        "cover picture beside the pictures",
        filmed("-map 1 -map 0 -c:v:0 mjpeg -disposition:v:0 attached_pic -c:v:1 libx264 -crf 12", more=COVER),
        Kept(remark="the cover is passed over"),
    ),
    # Faces
    Kind("faces/nobody.mp4", "no face", filmed(H264, source="nobody"), LeftOut("no face")),
    Kind("faces/upside-down.mp4", "head upside down", filmed(H264, source="upside down"), LeftOut("landmarks fit no face")),
    Kind("faces/leaves.mp4", "face that leaves", filmed(H264, source="leaves"), Kept(CUT, left_out={"no face": FRAMES - CUT})),
    Kind("faces/away.mp4", "face that is away for 0.2 s", filmed(H264, source="away"), Kept(20, left_out={"no face": 5})),
    Kind("faces/two.mp4", "two faces", filmed(H264, source="two people"), Kept(remark="the largest and most central is followed")),
    Kind(
        "faces/another.mp4",
        "cut to another face at the same place",
        filmed(H264, source="another face"),
        Kept((CUT - 1, CUT), left_out={ANOTHER_FACE: FRAMES - CUT}),
    ),
    Kind(
        "faces/elsewhere.mp4",
        "cut to the same face elsewhere",
        filmed(H264, source="elsewhere"),
        Kept((FRAMES - 1, FRAMES), place=elsewhere, remark="in a second part"),
    ),
    # Files that are no ordinary ones
    Kind("files/link.mp4", "symbolic link to a clip", make.linked("clip"), Kept()),
    Kind("files/dangling.mp4", "symbolic link to nothing", make.linked("nothing"), Ignored()),
    Kind("files/folder.mp4", "folder named like a clip", make.folder, Ignored()),
    Kind("files/pipe.mp4", "named pipe", make.pipe, Ignored()),
    Kind("files/locked.mp4", "clip that may not be read", make.locked, LeftOut("permission denied")),
    # Names
    Kind("names/-i.mp4", "dash at the start of the name", filmed(SMALL), AT_ALL),
    Kind("names/a  b .mp4", "blanks", filmed(SMALL), AT_ALL),
    Kind("names/q'\"q.mp4", "quotes", filmed(SMALL), AT_ALL),
    Kind("names/é漢🎬.mp4", "letters of other scripts", filmed(SMALL), AT_ALL),
    Kind("names/%03d%s.mp4", "percent signs", filmed(SMALL), AT_ALL),
    Kind("names/two\nlines.mp4", "line break", filmed(SMALL), AT_ALL),
    Kind("names/concat:a|b.mp4", "name like an address", filmed(SMALL), AT_ALL),
    Kind("names/$(touch shell);`touch shell`.mp4", "name like a command", filmed(SMALL), AT_ALL),
    # Files that point elsewhere
    Kind("playlists/hls-url.mp4", "HLS playlist of an address", bombs.playlist(bombs.HLS.format("{url}")), LeftOut("not a video")),
    Kind("playlists/hls.mp4", "HLS playlist of a local file", bombs.playlist(bombs.HLS.format("{local}")), LeftOut("not a video")),
    Kind("playlists/concat-url.mp4", "concat script of an address", bombs.playlist(bombs.CONCAT.format("{url}")), LeftOut("not a video")),
    Kind("playlists/concat.mp4", "concat script of a local file", bombs.playlist(bombs.CONCAT.format("{local}")), LeftOut("not a video")),
    Kind("playlists/sdp.mp4", "SDP session", bombs.playlist(bombs.SDP), LeftOut("not a video")),
    Kind("playlists/dash.mp4", "DASH manifest of an address", bombs.playlist(bombs.DASH.format("{url}")), LeftOut("not a video")),
    # Bombs
    Kind("bombs/nested.mp4", "boxes 3,000 deep", bombs.nested(f"{H264} -movflags +faststart", 3000), Kept()),
    Kind("bombs/huge.mkv", "15,000×15,000 pixels in 300 KB", bombs.pictures(*[15_000] * 12), LeftOut(TOO_LARGE)),
    Kind("bombs/colours.mkv", "12,000×12,000 pixels in colours", bombs.pictures(12_000, colours=True), LeftOut(TOO_LARGE)),
    Kind("bombs/grows.mkv", "15,000×15,000 pixels behind small pictures", bombs.pictures(*[320] * 10, *[15_000] * 4), LeftOut(TOO_LARGE)),
    Kind("bombs/long.mp4", "eleven hours in 2 KB", bombs.endless("-c:v libx264"), LeftOut(TOO_LONG)),
    Kind(
        "bombs/many.mp4",
        "50,000 frames/s",
        make.made("-f lavfi -i testsrc=size=64x64:rate=50000 -frames:v 10000 -c:v libx264 -preset ultrafast"),
        LeftOut(TOO_LONG),
    ),
    Kind(
        "bombs/unsaid.mkv", "eleven hours without a length in its header", bombs.endless("-c:v ffv1 -f matroska", True), LeftOut(TOO_LONG)
    ),
]
BY_FILE = {kind.file: kind for kind in KINDS}


def is_careful(kind: Kind) -> bool:
    return kind.file.split("/")[0] in CAREFUL


def table() -> str:
    """The kinds as Markdown."""
    lines = [f"| {kind.words} | {in_words(kind.expected)} |" for kind in KINDS]
    return "\n".join(["| input | what becomes of it |", "| --- | --- |", *lines])


if __name__ == "__main__":
    print(table())
