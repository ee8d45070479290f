/** Texts of any characters, those of ASCII as often as all others. */
import fc from "fast-check";

const ascii = fc.integer({ min: 0, max: 0x7f });
/** Not of the halves that only make a character as a pair. */
const beyond = fc.oneof(
  fc.integer({ min: 0x80, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);

/** As `fc.string({ unit: "binary" })`, which takes half a second to make a table of them all. */
export const anyText = fc.string({
  unit: fc.oneof(ascii, beyond).map((code) => String.fromCodePoint(code)),
});
