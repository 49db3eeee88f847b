/** Letters of 5 by 9 dots, drawn for the plots of models: seven rows stand on the line, two hang below it. */

export const GLYPH_WIDTH = 5;
const GLYPH_ROWS = 9;

/** A glyph per line: the character, then a row per pair of hex digits, from the top; the highest of five bits is the left dot. */
const DRAWN = `
A 0e11111f111111
B 1e11111e11111e
C 0e11101010110e
D 1e11111111111e
E 1f10101e10101f
F 1f10101e101010
G 0e11101713110f
H 1111111f111111
I 0e04040404040e
J 0702020202120c
K 11121418141211
L 1010101010101f
M 111b1515111111
N 11191915131311
O 0e11111111110e
P 1e11111e101010
Q 0e11111115120d
R 1e11111e141211
S 0f10100e01011e
T 1f040404040404
U 1111111111110e
V 11111111110a04
W 11111115151b11
X 11110a040a1111
Y 11110a04040404
Z 1f01020408101f
a 00000e010f110f
b 10101e1111111e
c 00000e1110110e
d 01010f1111110f
e 00000e111f100e
f 0609081c080808
g 00000f1111110f010e
h 10101619111111
i 04000c0404040e
j 0200060202020212 0c
k 10101214181412
l 0c04040404040e
m 00001a15151511
n 00001619111111
o 00000e1111110e
p 00001e1111111e1010
q 00000f1111110f0101
r 00001619101010
s 00000f100e011e
t 08081c08080906
u 0000111111130d
v 00001111110a04
w 0000111115150a
x 0000110a040a11
y 0000111111110f010e
z 00001f0204081f
0 0e11131519110e
1 040c040404040e
2 0e11010204081f
3 1f02040201110e
4 02060a121f0202
5 1f101e0101110e
6 0608101e11110e
7 1f010204080808
8 0e11110e11110e
9 0e11110f01020c
. 0000000000000c
, 00000000000c0c08
: 000c0c000c0c00
; 000c0c000c0c0408
- 0000001f000000
+ 0004041f040400
% 18190204081303
( 02040808080402
) 08040202020408
/ 00010204081000
@ 0e11171517100f
= 00001f001f0000
> 08040201020408
< 02040810080402
· 0000000c0c0000
`;

export type Glyph = readonly number[];

function parsed(): ReadonlyMap<string, Glyph> {
  const glyphs = new Map<string, Glyph>([[' ', new Array<number>(GLYPH_ROWS).fill(0)]]);
  for (const line of DRAWN.trim().split('\n')) {
    const [character = '', ...hex] = line.split(' ');
    const rows = Array.from(hex.join('').matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
    glyphs.set(character, [...rows, ...new Array<number>(GLYPH_ROWS - rows.length).fill(0)]);
  }
  return glyphs;
}

const GLYPHS = parsed();
const UNKNOWN: Glyph = [31, 17, 17, 17, 17, 17, 31, 0, 0];

export function glyphOf(character: string): Glyph {
  return GLYPHS.get(character) ?? UNKNOWN;
}
