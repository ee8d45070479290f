/**
 * Templates that are made to hurt: each function that can make much of little, used to make as much as it
 * can. All of them have to end with the budget, before the memory is taken.
 */

/** What the template is rendered with: nothing special, so that all growth comes from the template. */
export type HostileTemplate = readonly [name: string, template: string];

const TEXT = '{{ $t := repeat 1000000 "a" }}';
/** A list of 2^30 leaves that shares all its parts. */
const NEST = "{{ $n := list 1 }}{{ range until 30 }}{{ $n = list $n $n }}{{ end }}";
const NEST_MAP = '{{ $n := dict "a" 1 }}{{ range until 30 }}{{ $n = dict "a" $n "b" $n }}{{ end }}';
const MAP =
  "{{ $d := dict }}{{ range $i := until 20000 }}{{ $_ := set $d (toString $i) 1 }}{{ end }}";
const FOREVER = "{{ range until 1000000 }}";

/** `use` of {@link NEST}: whoever walks it never comes to its end. */
const onNest = (use: string) => `${NEST}{{ $x := ${use} }}`;
const onNestMap = (use: string) => `${NEST_MAP}{{ $x := ${use} }}`;
/** `use` of a text, over and over. */
const onText = (use: string) => `${TEXT}${FOREVER}{{ $x := ${use} }}{{ end }}`;
/** Twice as much in each round. */
const doubled = (first: string, use: string) =>
  `{{ $x := ${first} }}${FOREVER}{{ $x = ${use} }}{{ end }}`;

const WALKING: readonly string[] = [
  "toJson $n",
  "toPrettyJson $n",
  "toRawJson $n",
  "toYaml $n",
  "toYamlPretty $n",
  'toToml (dict "a" $n)',
  "deepCopy $n",
  "mustDeepCopy $n",
  "print $n",
  "println $n",
  'printf "%v" $n',
  'printf "%s" $n',
  "html $n",
  "js $n",
  "urlquery $n",
  "quote $n",
  "squote $n",
  "cat $n",
  "toString $n",
  "toStrings $n",
  'join "," $n',
  "sortAlpha $n",
  "deepEqual $n (list $n)",
  "has 3 $n",
  "uniq (list $n $n)",
  "without $n 3",
  "int $n",
  "toDecimal $n",
  'merge (dict) (dict "a" $n)',
  'dict $n "v"',
];

const GROWING: readonly HostileTemplate[] = [
  ["repeat", '{{ repeat 1000000000 "x" }}'],
  ["repeat, over and over", `${FOREVER}{{ $x := repeat 8000000 "x" }}{{ end }}`],
  [
    "repeat, kept",
    `{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (toString $i) (repeat 4000000 "x") }}{{ end }}`,
  ],
  ["replace", `${TEXT}{{ replace "a" $t $t }}`],
  ["replace of nothing", `${TEXT}{{ replace "" $t $t }}`],
  ["join", `${TEXT}{{ join $t (until 900000) }}`],
  ["indent", '{{ indent 100000 (repeat 1000000 "\\n") }}'],
  ["nindent", '{{ nindent 100000 (repeat 1000000 "\\n") }}'],
  [
    "printf",
    '{{ printf "%1000000d%1000000d%1000000d%1000000d%1000000d%1000000d%1000000d%1000000d%1000000d" 1 2 3 4 5 6 7 8 9 }}',
  ],
  ["printf, over and over", `${FOREVER}{{ $x := printf "%1000000d" 1 }}{{ end }}`],
  ["print", doubled('"a"', "print $x $x")],
  ["cat", doubled('"a"', "cat $x $x")],
  ["quote", doubled('"\\""', "quote $x")],
  ["js", doubled('"\\""', "js $x")],
  ["html", doubled('"<"', "html $x $x")],
  ["b64enc", doubled('"aaaaaaaa"', "b64enc $x")],
  ["b32enc", doubled('"aaaaaaaa"', "b32enc $x")],
  ["tpl", doubled('"a"', "tpl (print $x $x) .")],
  ["tpl of braces", `{{ tpl (repeat 1000000 "{{") . }}`],
  ["tpl of brackets", `{{ tpl (print "{{ " (repeat 1000000 "(")) . }}`],
  ["include", `{{ define "d" }}{{ . }}{{ . }}{{ end }}${doubled('"a"', 'include "d" $x')}`],
  ["wrapWith", `${TEXT}{{ wrapWith 1 $t $t }}`],
  ["regexReplaceAll", `${TEXT}{{ regexReplaceAll "a" $t $t }}`],
  [
    "regexReplaceAll of searches that run to the end",
    `${TEXT}{{ regexReplaceAll "a.*b|a" $t "x" }}`,
  ],
  ["regexReplaceAllLiteral", `${TEXT}{{ regexReplaceAllLiteral "a" $t $t }}`],
  ["regexFindAll", `${TEXT}{{ range until 100 }}{{ $x := regexFindAll "a" $t -1 }}{{ end }}`],
  ["regexSplit", `${TEXT}{{ range until 100 }}{{ $x := regexSplit "a" $t -1 }}{{ end }}`],
  [
    "a pattern",
    `{{ range until 100000 }}{{ $x := regexMatch (repeat 1500 "(a|b)") "a" }}{{ end }}`,
  ],
  ["split", `${TEXT}{{ range until 100 }}{{ $x := split "a" $t }}{{ end }}`],
  ["splitList", `${TEXT}{{ range until 100 }}{{ $x := splitList "a" $t }}{{ end }}`],
  ["until", "{{ range until 1000 }}{{ $x := until 1000000 }}{{ end }}"],
  ["until of more", "{{ until 1000000000 }}"],
  ["untilStep", "{{ range until 1000 }}{{ $x := untilStep 0 1000000 1 }}{{ end }}"],
  ["seq", "{{ range until 1000 }}{{ $x := seq 1 1000000 }}{{ end }}"],
  ["concat", doubled("list 1", "concat $x $x")],
  ["append", `{{ $x := list }}${FOREVER}{{ $x = append $x 1 }}{{ end }}`],
  ["prepend", `{{ $x := list }}${FOREVER}{{ $x = prepend $x 1 }}{{ end }}`],
  ["initial", `{{ $l := until 1000000 }}${FOREVER}{{ $x := initial $l }}{{ end }}`],
  ["rest", `{{ $l := until 1000000 }}${FOREVER}{{ $x := rest $l }}{{ end }}`],
  ["reverse", `{{ $l := until 1000000 }}${FOREVER}{{ $x := reverse $l }}{{ end }}`],
  ["slice", `{{ $l := until 1000000 }}${FOREVER}{{ $x := slice $l 0 900000 }}{{ end }}`],
  ["chunk", `{{ $l := until 1000000 }}${FOREVER}{{ $x := chunk 1 $l }}{{ end }}`],
  ["compact", `{{ $l := until 1000000 }}${FOREVER}{{ $x := compact $l }}{{ end }}`],
  [
    "uniq",
    `{{ $l := list }}{{ range $i := until 3000 }}{{ $l = append $l (list $i) }}{{ end }}{{ uniq $l }}`,
  ],
  [
    "set",
    `{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (toString $i) (list $i) }}{{ end }}${FOREVER}{{ $x := keys $d }}{{ end }}`,
  ],
  ["keys", `${MAP}${FOREVER}{{ $x := keys $d }}{{ end }}`],
  ["values", `${MAP}${FOREVER}{{ $x := values $d }}{{ end }}`],
  ["pick", `${MAP}${FOREVER}{{ $x := pick $d "a" }}{{ end }}`],
  [
    "range over a map",
    `{{ $d := split "," (repeat 100000 ",") }}${FOREVER}{{ range $d }}{{ break }}{{ end }}{{ end }}`,
  ],
  ["len of a text", onText("len $t")],
  ["index of a text", onText("index $t 0")],
  ["trim", onText("trim $t")],
  ["upper", onText("upper $t")],
  ["title", onText("title $t")],
  ["snakecase", onText("snakecase $t")],
  ["swapcase", onText("swapcase $t")],
  ["nospace", onText("nospace $t")],
  ["sha256sum", onText("sha256sum $t")],
  ["b64dec", onText("b64dec $t")],
  ["fromYaml of mistakes", `${FOREVER}{{ $x := fromYaml (repeat 100000 "]") }}{{ end }}`],
  ["fromYaml", `{{ $y := repeat 200000 "- a\\n" }}${FOREVER}{{ $x := fromYamlArray $y }}{{ end }}`],
  [
    "fromJson",
    `{{ $y := print "[" (repeat 1000000 "[],") "1]" }}${FOREVER}{{ $x := fromJsonArray $y }}{{ end }}`,
  ],
  ["randAlphaNum", `${FOREVER}{{ $x := randAlphaNum 1000000 }}{{ end }}`],
  [
    "durationSeconds",
    `{{ $y := repeat 200000 "1h1m" }}${FOREVER}{{ $x := durationSeconds $y }}{{ end }}`,
  ],
  ["shuffle", onText("shuffle $t")],
  ["a value in itself", '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}'],
  ["a value in itself, printed", '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}'],
  ["a value that is printed", `${NEST}{{ $n }}`],
];

/** For charts. */
export const HOSTILE_CHART_TEMPLATES: readonly HostileTemplate[] = [
  ...WALKING.map((use): HostileTemplate => [`${use} of a list that shares its parts`, onNest(use)]),
  ...["toYaml $n", "toJson $n", "deepCopy $n", "merge (dict) $n", "mergeOverwrite (dict) $n"].map(
    (use): HostileTemplate => [`${use} of a map that shares its parts`, onNestMap(use)],
  ),
  ...GROWING,
];

const OWN_TEXT = '{{ $t := repeat "a" 100000 }}';
const OWN_FOREVER = "{{ range 1000000 }}";
const ownDoubled = (first: string, use: string) =>
  `{{ $x := ${first} }}${OWN_FOREVER}{{ $x = ${use} }}{{ end }}`;

/** For Katalogs; `.spec` is that of {@link HOSTILE_RESOURCE}. */
export const HOSTILE_KATALOG_TEMPLATES: readonly HostileTemplate[] = [
  ["repeat", '{{ repeat "x" 1000000000 }}'],
  ["repeat, over and over", `${OWN_FOREVER}{{ $x := repeat "x" 1000000 }}{{ end }}`],
  ["replace", `${OWN_TEXT}{{ replace $t "a" $t }}`],
  ["replace of nothing", `${OWN_TEXT}{{ replace $t "" $t }}`],
  ["join", `${OWN_TEXT}{{ join (split $t "a") $t }}`],
  ["concat of texts", ownDoubled('"a"', "concat $x $x")],
  ["concat of lists", ownDoubled('split "a,b" ","', "concat $x $x")],
  [
    "concat of lists of long texts",
    `${OWN_TEXT}{{ $x := split $t "," }}{{ range 18 }}{{ $x = concat $x $x }}{{ end }}{{ join $x "" }}`,
  ],
  ["print", ownDoubled('"a"', "print $x $x")],
  ["printf", '{{ printf "%1000000d%1000000d" 1 2 }}'],
  ["html", ownDoubled('"<"', "html $x $x")],
  ["js", ownDoubled('"<"', "js $x")],
  ["urlquery", ownDoubled('"<"', "urlquery $x")],
  ["toBase64", ownDoubled('"aaaa"', "toBase64 $x")],
  ["toJson", ownDoubled('"\\""', "toJson $x")],
  ["toJson, over and over", `${OWN_FOREVER}{{ $x := toJson .spec }}{{ end }}`],
  ["sha256sum", `${OWN_FOREVER}{{ $x := sha256sum .spec }}{{ end }}`],
  ["split", `${OWN_FOREVER}{{ $x := split $.spec.text "a" }}{{ end }}`],
  ["asList", `${OWN_FOREVER}{{ $x := asList $.spec.json }}{{ end }}`],
  ["toLower", `${OWN_FOREVER}{{ $x := toLower $.spec.text }}{{ end }}`],
  ["slugify", `${OWN_FOREVER}{{ $x := slugify $.spec.text }}{{ end }}`],
  ["truncate", `${OWN_FOREVER}{{ $x := truncate $.spec.text 5 }}{{ end }}`],
  ["len of a text", `${OWN_FOREVER}{{ $x := len $.spec.text }}{{ end }}`],
  ["len of a map", `${OWN_FOREVER}{{ $x := len $.spec.map }}{{ end }}`],
  ["mapKeys", `${OWN_FOREVER}{{ $x := mapKeys $.spec.map }}{{ end }}`],
  ["mapValues", `${OWN_FOREVER}{{ $x := mapValues $.spec.map }}{{ end }}`],
  ["mapPick", `${OWN_FOREVER}{{ $x := mapPick $.spec.map "k1" }}{{ end }}`],
  ["listHas", `${OWN_FOREVER}{{ $x := listHas $.spec.list "none" }}{{ end }}`],
  ["range over a map", `${OWN_FOREVER}{{ range $.spec.map }}{{ break }}{{ end }}{{ end }}`],
  ["loops in loops", "{{ range .spec.list }}{{ range $.spec.list }}{{ . }}{{ end }}{{ end }}"],
  ["a list that is printed", `${OWN_FOREVER}{{ $.spec.list }}{{ end }}`],
];

const ELEMENTS = 50_000;

/** A custom resource that is as large as etcd lets it be (1.5 MB), in every direction. */
export function hostileResource(): Record<string, unknown> {
  const text = "a".repeat(300_000);
  const list = Array.from({ length: ELEMENTS }, (_, index) => `i${index}`);
  const map = Object.fromEntries(list.slice(0, ELEMENTS / 2).map((key) => [`k${key}`, "v"]));
  let deep: unknown = "x";
  for (let level = 0; level < 5_000; level++) deep = { d: deep };
  return {
    text,
    json: `[${"{},".repeat(60_000)}1]`,
    dashes: `${"-".repeat(100_000)}a`,
    digits: `${"1".repeat(100_000)}x`,
    zeros: `1.${"0".repeat(100_000)}x`,
    slashes: `${"/".repeat(100_000)}a`,
    spaces: `a${" ".repeat(100_000)}b`,
    list,
    map,
    deep,
  };
}

/** What a Katalog says without a thought, and what of the resource it may meet. */
export const INNOCENT_TEMPLATES: readonly HostileTemplate[] = [
  "text",
  "json",
  "dashes",
  "digits",
  "zeros",
  "slashes",
  "spaces",
  "list",
  "map",
  "deep",
].flatMap((field) =>
  [
    `{{ .spec.${field} }}`,
    `x-{{ .spec.${field} }}`,
    `{{ range .spec.${field} }}{{ . }}{{ end }}`,
    `{{ toJson .spec.${field} }}`,
    `{{ sha256sum .spec.${field} }}`,
    `{{ len .spec.${field} }}`,
    `{{ truncateName .spec.${field} }}`,
    `{{ truncateName .spec.${field} 200000 }}`,
    `{{ slugify .spec.${field} }}`,
    `{{ camelToKebab .spec.${field} }}`,
    `{{ trimSpace .spec.${field} }}`,
    `{{ trim .spec.${field} "-/" }}`,
    `{{ domainHost .spec.${field} }}`,
    `{{ default "x" .spec.${field} }}`,
    `{{ toInt .spec.${field} }}`,
    `{{ toFloat .spec.${field} }}`,
    `{{ parseQuantity .spec.${field} }}`,
    `{{ formatQuantity .spec.${field} }}`,
    `{{ semverConstraint .spec.${field} ">1" }}`,
    `{{ semverConstraint "1.2.3" .spec.${field} }}`,
    `{{ durationSeconds .spec.${field} }}`,
    `{{ nextCron .spec.${field} }}`,
    `{{ cronValid .spec.${field} }}`,
    `{{ if gt .spec.${field} 5 }}x{{ end }}`,
    `{{ if eq .spec.${field} "x" }}x{{ end }}`,
    `{{ printf "%s %v %q" .spec.${field} .spec.${field} .spec.${field} }}`,
    `{{ html .spec.${field} }}`,
    `{{ urlquery .spec.${field} }}`,
    `{{ join .spec.${field} "," }}`,
    `{{ split .spec.${field} "-" }}`,
    `{{ fromBase64 .spec.${field} }}`,
    `{{ asMap .spec.${field} }}`,
    `{{ readyReplicas .spec }}`,
  ].map((template): HostileTemplate => [`${template}`, template]),
);
