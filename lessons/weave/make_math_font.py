"""Makes math.woff2, the font of the formulas: of STIX Math the characters that tex.c can set, and
what browsers build roots, sums and brackets of. Needs Debian's fonts-stix, python3-fonttools and
python3-brotli:

    python3 lessons/weave/make_math_font.py

Its licence (math.LICENSE) wants another name for what is changed; the copyright stays inside.
"""

import pathlib

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = '/usr/share/fonts/opentype/stix-word/STIXMath-Regular.otf'
NAME = 'Twotower Math'

RANGES = [
    (0x20, 0x7E),
    (0x391, 0x3C9), (0x3D1, 0x3D1), (0x3D5, 0x3D5), (0x3F5, 0x3F5),  # Greek
    (0x1D434, 0x1D467), (0x210E, 0x210E),                            # italic letters
    (0x1D6E2, 0x1D714), (0x1D716, 0x1D716), (0x1D719, 0x1D719),      # italic Greek
]
OTHERS = '¯±·×‖…′ℓ←→↦∂∇∈∏∑−√∞∣∼≈≠≤≥≪≫⊙⊤⋅⋯⌈⌉⌊⌋⟨⟩ϕ'
KEPT_NAMES = {0, 13, 14}  # copyright, licence, and where that is


def rename(font):
    names = font['name']
    names.names = [n for n in names.names if n.platformID == 3 and n.nameID in KEPT_NAMES]
    for name_id, text in [(1, NAME), (2, 'Regular'), (4, NAME), (6, NAME.replace(' ', ''))]:
        names.setName(text, name_id, 3, 1, 0x409)


def main():
    options = subset.Options(flavor='woff2', layout_features=['ssty'], hinting=False,
                             desubroutinize=True, name_IDs=['*'], notdef_outline=True)
    characters = {c for first, last in RANGES for c in range(first, last + 1)}
    font = TTFont(SOURCE, recalcTimestamp=False)
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=characters | set(map(ord, OTHERS)))
    chooser.subset(font)
    rename(font)
    path = pathlib.Path(__file__).with_name('math.woff2')
    font.flavor = 'woff2'
    font.save(path)
    print(f'{path}: {path.stat().st_size} bytes')


main()
