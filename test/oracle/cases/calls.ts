/** Calls of every function of Helm with arguments that a seeded generator picks, right and wrong ones. */
import type { TemplateFunction } from "../../../src/template/template.ts";
import { seededRandom } from "./generator.ts";

const TEXTS = [
  '""',
  '"a"',
  '"abc"',
  '"Hello World"',
  '" padded "',
  '"a,b,,c"',
  '"1.2.3"',
  '"v2.0.0-rc.1"',
  '">=1.2"',
  '"12"',
  '"-7"',
  '"3.9"',
  '"0x1f"',
  '"010"',
  '"true"',
  '"a: 1\\nb: [x, 2]"',
  '"{\\"a\\": 1}"',
  '"[1, 2]"',
  '"äöü"',
  '"snake_case_text"',
  '"kebab-case-text"',
  '"camelCaseText"',
  '"HTTPServer2Go"',
  '"/a/b/../c.txt"',
  '"https://u:p@h.example:80/p?q=1#f"',
  '"1h30m"',
  '"90"',
  '"[a-c]+"',
  '"(a)(b)?"',
  '"$1-$2"',
  '"2006-01-02"',
  '"2026-11-22"',
  '"a = 1"',
  '"aGVsbG8="',
  '"NBSWY3DP"',
  '","',
  '"a"',
  '"b"',
  '"multi\\nline\\n"',
  '"\\ttab \\"quoted\\" \'single\'"',
  '"yes"',
  '"string"',
  '"int"',
  '"map"',
];
const NUMBERS = ["0", "1", "2", "3", "-1", "7", "10", "100", "-4"];
const OTHERS = [
  "1.5",
  "-2.5",
  "0.0",
  "1e3",
  ".Values.int",
  ".Values.float",
  ".Values.big",
  "(add 1 2)",
  "(floor 2.7)",
  "nil",
  "true",
  "false",
  ".Values.missing",
];
const LISTS = [
  "(list)",
  "(list 1 2 3)",
  '(list "b" "a" "c" "a")',
  '(list 1 "a" nil true 2.5)',
  "(list (list 1) (list 2))",
  '(list (dict "a" 1))',
  ".Values.list",
  "(until 4)",
  '(splitList "," "x,y,z")',
];
const MAPS = [
  "(dict)",
  '(dict "a" 1 "b" "x")',
  '(dict "a" (dict "b" (dict "c" 5)) "l" (list 1 2))',
  '(dict "a" nil "e" "")',
  ".Values.map",
  ".Values.nested",
  '(dict "scheme" "https" "host" "h" "path" "/p")',
  '(split "," "x,y")',
];
const SPECIAL = [
  '(semver "1.2.3")',
  '(toDate "2006-01-02" "2026-11-22")',
  '(.Files.Glob "config/*")',
  '(.Files.GetBytes "small.txt")',
  '(mustToDuration "1m30s")',
];

/** What another call has no say about: chance, the clock, other templates, and orders that are none. */
const LEFT_OUT = new Set(
  (
    "ago bcrypt date dateInZone date_in_zone encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert " +
    "genSelfSignedCertWithKey genSignedCert genSignedCertWithKey htmlDate htmlDateInZone htpasswd " +
    "include keys now randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle tpl uuidv4 values " +
    "durationRound derivePassword"
  ).split(" "),
);

export function generateCalls(
  functions: readonly TemplateFunction[],
  { seed, perFunction }: { readonly seed: number; readonly perFunction: number },
): readonly string[] {
  const random = seededRandom(seed);
  const pick = (items: readonly string[]) => items[Math.floor(random() * items.length)] ?? "nil";
  const pools = [TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, OTHERS, LISTS, LISTS, MAPS, MAPS, SPECIAL];
  const argument = () => pick(pools[Math.floor(random() * pools.length)] ?? TEXTS);
  return functions
    .filter(({ name }) => !LEFT_OUT.has(name))
    .flatMap(({ name, minArgs, maxArgs }) => {
      const most = Math.min(maxArgs, minArgs + 2);
      return Array.from({ length: perFunction }, () => {
        const count = minArgs + Math.floor(random() * (most - minArgs + 1));
        return [name, ...Array.from({ length: count }, argument)].join(" ");
      });
    });
}
