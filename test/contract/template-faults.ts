/** Templates that fail, that never come to an end, or that write without bounds. */

export interface TemplateFault {
  readonly template: string;
  /** `spec.items` that it needs. */
  readonly items?: readonly string[];
  /** What the user is told. */
  readonly told: RegExp;
}

const many = Array.from({ length: 200 }, (_, index) => `i${index}`);
const inAll = (text: string) => `{{ range $.spec.items }}${text}{{ end }}`;

export const TEMPLATE_FAULTS: Readonly<Record<string, TemplateFault>> = {
  range: { template: "{{ range .spec.text }}x{{ end }}", told: /range/ },
  recursion: {
    template: '{{ template "again" . }}',
    told: /depth|recurs|steps|nest|deep/i,
  },
  steps: { template: inAll(inAll(inAll("x"))), items: many, told: /steps|budget|MiB|bytes/i },
  output: { template: '{{ repeat "x" 3000000 }}', told: /bytes|MiB|long|limit/i },
  type: { template: "{{ slice .spec.text 90 }}", told: /slice/ },
};

/** Does what `spec.text` names, else repeats it. */
export function faultyTemplate(): string {
  const faults = Object.entries(TEMPLATE_FAULTS).map(
    ([name, { template }]) => `{{ if eq .spec.text "${name}" }}${template}{{ end }}`,
  );
  const recursive = '{{ define "again" }}{{ template "again" . }}{{ end }}';
  return `${recursive}${faults.join("")}{{ .spec.text }}`;
}

/**
 * One child of many templates that each take nearly all of their steps, and of one that takes more: some
 * 150 ms of work, if it were done in one go.
 */
export const EXPLODING = { items: many.slice(0, 95), told: /steps/ } as const;

const LONG = 8;

export function explodingTemplates(): Readonly<Record<string, string>> {
  const loop = inAll(inAll(inAll("{{ $x := . }}")));
  const long = Array.from({ length: LONG }, (_, index) => [`a${index}`, inAll(inAll(inAll("x")))]);
  return { ...Object.fromEntries(long), z: `${loop}${loop}${loop}` };
}
