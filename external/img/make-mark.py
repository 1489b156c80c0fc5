#!/usr/bin/env python3
"""Makes mark.jpg: a photo-like picture, drawn from nothing but numbers.

    python3 -m pip install Pillow
    python3 external/img/make-mark.py          writes mark.jpg beside this script

The picture is committed, so building needs neither Python nor Pillow. The same Pillow writes the same bytes: the
grain comes from a fixed linear congruential generator, and nothing reads a clock. The EXIF block (camera, date,
comment, orientation) is what a phone would add and an image crusher removes.
"""

import math
import pathlib

from PIL import ExifTags, Image, ImageFilter

WIDTH, HEIGHT = 960, 640
HORIZON = 400
GRAIN = 9


def grain(seed):
    """Whole numbers in -GRAIN..=GRAIN for ever (constants: Numerical Recipes)."""
    while True:
        seed = (seed * 1664525 + 1013904223) % 2**32
        yield (seed >> 16) % (2 * GRAIN + 1) - GRAIN


def ridge(x, base, height, phase):
    """The height of a range of hills at x: a sum of four waves."""
    return base - height * sum(math.sin(x / 180 * 2**i + phase * (i + 1)) / 2**i for i in range(4))


def mix(near, far, share):
    return tuple(n + (f - n) * share for n, f in zip(near, far))


def colour(x, y):
    """The scene without grain: an evening sky, a low sun, three ranges of hills and a lake."""
    if y > HORIZON:
        # The lake mirrors the sky, darker and broken by ripples that grow towards the reader.
        depth = (y - HORIZON) / (HEIGHT - HORIZON)
        ripple = math.sin(y * 0.9 + 3 * math.sin(x / 40)) * 14 * depth
        mirrored = colour(int(x + ripple) % WIDTH, max(0, int(HORIZON - (y - HORIZON) * 0.9)))
        return mix(mirrored, (18, 42, 56), 0.25 + 0.4 * depth)
    for base, height, phase, near in ((392, 12, 0.7, (24, 44, 40)), (372, 26, 2.1, (52, 78, 82)), (340, 42, 4.4, (98, 112, 128))):
        top = ridge(x, base, height, phase)
        if y >= top:
            return mix(near, (214, 170, 140), min(0.5, (y - top) / 160))
    sky = mix((38, 70, 118), (250, 190, 130), (y / HORIZON) ** 1.6)
    glow = math.exp(-math.hypot(x - 660, y - 250) / 90)
    return mix(sky, (255, 244, 214), min(1.0, 1.25 * glow))


def main():
    noise = grain(20141112)
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.putdata([
        tuple(max(0, min(255, round(channel + next(noise)))) for channel in colour(x, y))
        for y in range(HEIGHT)
        for x in range(WIDTH)
    ])
    # A lens does not resolve single sensor pixels: the grain gets a little softer than drawn.
    picture = picture.filter(ImageFilter.GaussianBlur(0.4))

    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "The mark of the coupon shop: a lake in the evening"
    exif[ExifTags.Base.Make] = "crushed"
    exif[ExifTags.Base.Model] = "make-mark.py"
    exif[ExifTags.Base.Orientation] = 1
    exif[ExifTags.Base.DateTime] = "2014:11:12 18:30:00"
    exif[ExifTags.Base.Copyright] = "MIT OR Apache-2.0"
    target = pathlib.Path(__file__).with_name("mark.jpg")
    picture.save(target, quality=90, subsampling="4:2:0", optimize=False, progressive=False, exif=exif)
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
