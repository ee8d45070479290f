/** Charts of several files: what no single expression can show. */

export interface ChartCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Texts of value files, in order. */
  readonly valueFiles?: readonly string[];
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
}

function chart(name: string, more = ""): string {
  return `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;
}

/** A template that shows a value as JSON, one key a line. */
function show(...expressions: readonly string[]): string {
  return expressions
    .map((expression, index) => `v${index}: {{ ${expression} | toJson }}\n`)
    .join("");
}

const DUMP = "kind: Dump\nvalues: {{ .Values | toJson }}\n";

export const CHARTS: readonly ChartCase[] = [
  {
    name: "values are laid over each other file by file",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "a: 1\nb: {c: 1, d: [1, 2], e: {f: 1}}\nkeep: true\n",
      "templates/dump.yaml": DUMP,
    },
    valueFiles: ["b: {c: 2}\nnew: x\n", "b: {d: [3], e: {g: 2}}\na: text\n"],
  },
  {
    name: "null takes a default away",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "a: 1\nb: {c: 1, d: 2}\nempty: null\nn: {x: null, y: 1}\n",
      "templates/dump.yaml": DUMP,
    },
    valueFiles: ["a: null\nb: {c: null}\nunknown: null\nn: {z: null}\n"],
  },
  {
    name: "a map does not give way to a scalar, nor a scalar to a map",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "a: {b: 1}\nc: 1\nd: {e: {f: 1}}\n",
      "templates/dump.yaml": DUMP,
    },
    valueFiles: ["a: text\nc: {x: 1}\nd: {e: [1]}\n"],
  },
  {
    name: "several documents in values.yaml",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "a: {b: 1}\n---\na: {c: 2}\n---\n",
      "templates/dump.yaml": DUMP,
    },
  },
  {
    name: "values of subcharts and globals",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "global: {a: 1, m: {x: 1}}\nsub: {own: over, n: {k: 1}}\n",
      "templates/dump.yaml": DUMP,
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/values.yaml":
        "own: under\nother: 1\nglobal: {b: 2, m: {y: 2}}\nn: {k: 0, l: 2}\n",
      "charts/sub/templates/dump.yaml": DUMP,
      "charts/sub/charts/deep/Chart.yaml": chart("deep"),
      "charts/sub/charts/deep/values.yaml": "x: 1\nglobal: {c: 3, m: {z: 3}}\n",
      "charts/sub/charts/deep/templates/dump.yaml": DUMP,
    },
    valueFiles: ["global: {m: {x: 5}}\nsub: {deep: {x: 9}, other: null}\n"],
  },
  {
    name: "null for a value of a subchart",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "sub: {a: null, m: {b: null}}\n",
      "templates/dump.yaml": DUMP,
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/values.yaml": "a: 1\nm: {b: 1, c: 2}\n",
      "charts/sub/templates/dump.yaml": DUMP,
    },
    valueFiles: ["sub: {m: {c: null}}\n"],
  },
  {
    name: "dependencies by condition and tags",
    files: {
      "Chart.yaml": chart(
        "app",
        `dependencies:
  - {name: one, version: ">=1", condition: one.enabled}
  - {name: two, version: 1.x, condition: "nothing.here,two.on"}
  - {name: three, version: ^1.0.0, tags: [front]}
  - {name: four, version: 1.0.0, tags: [back, front]}
  - {name: five, version: 1.0.0, tags: [back], condition: five.enabled}
`,
      ),
      "values.yaml":
        "one: {enabled: false}\ntwo: {on: false}\ntags: {front: false, back: true}\nfive: {enabled: false}\n",
      "templates/dump.yaml":
        "kind: Dump\nnames: {{ keys .Subcharts | sortAlpha | toJson }}\ndeps: {{ .Chart.Dependencies | toJson }}\nv: {{ .Values | toJson }}\n",
      ...Object.fromEntries(
        ["one", "two", "three", "four", "five"].flatMap((name) => [
          [`charts/${name}/Chart.yaml`, chart(name)],
          [`charts/${name}/values.yaml`, `who: ${name}\n`],
          [`charts/${name}/templates/dump.yaml`, DUMP],
        ]),
      ),
    },
    valueFiles: ["two: {on: true}\n"],
  },
  {
    name: "one chart under two aliases",
    files: {
      "Chart.yaml": chart(
        "app",
        "dependencies:\n  - {name: sub, version: 1.0.0, alias: left}\n  - {name: sub, version: 1.0.0, alias: right, condition: right.on}\n",
      ),
      "values.yaml": "left: {own: l}\nright: {own: r, on: true}\n",
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/values.yaml": "own: none\nx: 1\n",
      "charts/sub/templates/dump.yaml":
        "kind: Dump\nname: {{ .Chart.Name }}\nfull: {{ .Template.Name }} {{ .Template.BasePath }}\nvalues: {{ .Values | toJson }}\n",
    },
  },
  {
    name: "a version that the folder does not hold",
    files: {
      "Chart.yaml": chart("app", "dependencies:\n  - {name: sub, version: ^2.0.0}\n"),
      "templates/dump.yaml": DUMP,
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/templates/dump.yaml": DUMP,
    },
  },
  {
    name: "imported values",
    files: {
      "Chart.yaml": chart(
        "app",
        `dependencies:
  - name: sub
    version: 1.0.0
    import-values:
      - data
      - child: settings.inner
        parent: taken
      - child: nothing
        parent: here
`,
      ),
      "values.yaml": "taken: {b: own}\nfromExports: mine\n",
      "templates/dump.yaml": DUMP,
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/values.yaml":
        "exports: {data: {fromExports: theirs, more: 1}}\nsettings: {inner: {a: 1, b: 2}}\n",
      "charts/sub/templates/dump.yaml": DUMP,
    },
    valueFiles: ["more: 5\n"],
  },
  {
    name: "a library chart",
    files: {
      "Chart.yaml": chart("app", "dependencies:\n  - {name: lib, version: 1.0.0}\n"),
      "values.yaml": "who: app\nlib: {who: lib}\n",
      "templates/dump.yaml":
        'kind: {{ include "lib.kind" . }}\n{{- template "lib.labels" (dict "a" .Values.who) }}\n',
      "charts/lib/Chart.yaml": chart("lib", "type: library\n"),
      "charts/lib/templates/_lib.tpl":
        '{{- define "lib.kind" }}Lib{{ end }}{{ define "lib.labels" }}\nlabels: {a: {{ .a }}}{{ end }}',
      "charts/lib/templates/notrendered.yaml": "kind: No\n",
    },
  },
  {
    name: "a library is not rendered by itself",
    files: {
      "Chart.yaml": chart("lib", "type: library\n"),
      "templates/_x.tpl": '{{ define "x" }}{{ end }}',
    },
  },
  {
    name: "definitions of the parent win",
    files: {
      "Chart.yaml": chart("app"),
      "templates/_a.tpl": '{{ define "name" }}parent{{ end }}{{ define "late" }}a{{ end }}',
      "templates/_b.tpl": '{{ define "late" }}b{{ end }}',
      "templates/dump.yaml":
        'kind: Dump\nname: {{ include "name" . }}\nlate: {{ include "late" . }}\n',
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/templates/_a.tpl":
        '{{ define "name" }}sub{{ end }}{{ define "only" }}of sub{{ end }}',
      "charts/sub/templates/dump.yaml":
        'kind: Dump\nname: {{ include "name" . }}\nonly: {{ include "only" . }}\n',
    },
  },
  {
    name: "kinds in their order",
    files: {
      "Chart.yaml": chart("app"),
      "templates/z.yaml":
        "kind: Namespace\nmetadata: {name: z}\n---\nkind: Zebra\n---\nkind: Deployment\n",
      "templates/a.yaml":
        "kind: Deployment\nmetadata: {name: a}\n---\nkind: Service\n---\nkind: Apple\n---\nkind: ConfigMap\n",
      "templates/sub/b.yaml":
        "kind: Service\nmetadata: {name: b}\n---\nkind: CustomResourceDefinition\n---\nkind: Secret\n",
    },
  },
  {
    name: "documents cut and empty ones left out",
    files: {
      "Chart.yaml": chart("app"),
      "templates/a.yaml":
        "\n\n---\nkind: A\n---   \n---\n# only a comment\n---\n  \nkind: B\ntext: |\n  a\n  ---b\n--- \nkind: C\n\n\n",
      "templates/b.yaml": "{{ if false }}kind: Never{{ end }}\n",
      "templates/c.yaml": "{{- /* nothing */ -}}\n",
      "templates/d.txt": "kind: FromText\n",
      "templates/e.json": '{"kind": "FromJson"}\n',
    },
  },
  {
    name: "hooks and notes are left out",
    files: {
      "Chart.yaml": chart("app"),
      "templates/NOTES.txt": "Thank you for {{ .Chart.Name }}",
      "templates/hook.yaml":
        'kind: Job\nmetadata:\n  name: x\n  annotations:\n    "helm.sh/hook": pre-install, post-upgrade\n---\nkind: Pod\nmetadata:\n  annotations:\n    "helm.sh/hook": test\n---\nkind: Kept\nmetadata: {annotations: {other: "1"}}\n---\nkind: Odd\nmetadata: {annotations: {"helm.sh/hook": unknown-hook}}\n',
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/templates/NOTES.txt": "of sub",
      "charts/sub/templates/x.yaml": "kind: X\n",
    },
  },
  {
    name: "definitions of custom resources come first",
    files: {
      "Chart.yaml": chart("app"),
      "crds/b.yaml": "kind: CustomResourceDefinition\nmetadata: {name: b}\n{{ not a template }}\n",
      "crds/a.yml": "kind: CustomResourceDefinition\nmetadata: {name: a}\n",
      "crds/deep/c.json": "{}\n",
      "crds/readme.md": "no\n",
      "templates/x.yaml": "kind: Namespace\n",
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/crds/s.yaml": "kind: CustomResourceDefinition\nmetadata: {name: s}\n",
    },
  },
  {
    name: "files of the chart",
    files: {
      "Chart.yaml": chart("app"),
      "config/one.ini": "a=1\nb=2\n",
      "config/two.ini": "c=3",
      "values.schema.json": "{}",
      LICENSE: "free",
      "templates/cm.yaml":
        'kind: ConfigMap\ndata:\n{{ (.Files.Glob "config/*").AsConfig | indent 2 }}\nsecret:\n{{ (.Files.Glob "config/*").AsSecrets | indent 2 }}\nlines:\n{{- range .Files.Lines "config/one.ini" }}\n  - {{ . }}\n{{- end }}\nall:\n{{- range $path, $bytes := .Files.Glob "**" }}\n  {{ $path }}: {{ $bytes | toString | len }}\n{{- end }}\n{{ with .Files.Get "LICENSE" }}license: {{ . }}{{ end }}\n',
    },
  },
  {
    name: "capabilities of a named cluster",
    files: {
      "Chart.yaml": chart("app", 'kubeVersion: ">=1.30.0-0"\n'),
      "templates/x.yaml": `${show(
        ".Capabilities.KubeVersion.Version",
        ".Capabilities.KubeVersion.Minor",
        '.Capabilities.APIVersions.Has "example.com/v1/Widget"',
        'semverCompare ">=1.33-0" .Capabilities.KubeVersion.GitVersion',
      )}plain: {{ .Capabilities.KubeVersion }}\n`,
    },
    kubeVersion: "1.33.4-gke.1245000",
    apiVersions: ["example.com/v1/Widget"],
  },
  {
    name: "a cluster that is too old",
    files: {
      "Chart.yaml": chart("app", 'kubeVersion: ">=1.99.0"\n'),
      "templates/x.yaml": "kind: X\n",
    },
  },
  {
    name: "a schema that the values fit",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "port: 80\nname: x\n",
      "values.schema.json":
        '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["port"], "properties": {"port": {"type": "integer", "minimum": 1}, "name": {"$ref": "#/definitions/name"}}, "definitions": {"name": {"type": "string", "pattern": "^[a-z]+$"}}}',
      "templates/dump.yaml": DUMP,
    },
  },
  {
    name: "a schema that the values do not fit",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "port: eighty\n",
      "values.schema.json":
        '{"type": "object", "required": ["name"], "properties": {"port": {"type": "integer"}}, "additionalProperties": false}',
      "templates/dump.yaml": DUMP,
    },
  },
  {
    name: "a schema of a subchart",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "sub: {n: 5}\n",
      "templates/dump.yaml": DUMP,
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/values.schema.json": '{"properties": {"n": {"maximum": 3}}}',
    },
  },
  {
    name: "loops",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "list: [a, b, c, d]\nmap: {z: 1, a: 2}\nnone: []\n",
      "templates/x.yaml": `kind: Loops
list: [{{ range $i, $e := .Values.list }}{{ if $i }}, {{ end }}{{ $i }}{{ $e }}{{ end }}]
map: {{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}
until: {{ range until 3 }}{{ . }}{{ end }}
number: {{ range 3 }}{{ . }}{{ end }}
else: {{ range .Values.none }}x{{ else }}empty{{ end }}
missing: {{ range .Values.missing }}x{{ else }}nothing{{ end }}
break: {{ range .Values.list }}{{ if eq . "c" }}{{ break }}{{ end }}{{ . }}{{ end }}
continue: {{ range .Values.list }}{{ if eq . "b" }}{{ continue }}{{ end }}{{ . }}{{ end }}
outer: {{ range .Values.list }}{{ $.Chart.Name }}{{ end }}
nested: {{ range $a := until 2 }}{{ range $b := until 2 }}{{ $a }}{{ $b }} {{ end }}{{ end }}
`,
    },
  },
  {
    name: "variables and scopes",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "a: {b: {c: 1}}\nlist: [1, 2, 3]\n",
      "templates/x.yaml": `kind: Scopes
{{- $x := 1 }}
{{- range .Values.list }}{{ $x = add $x . }}{{ end }}
sum: {{ $x }}
{{- $x := "shadow" }}
shadow: {{ $x }}
with: {{ with .Values.a.b }}{{ .c }}-{{ $.Values.list }}{{ end }}
withvar: {{ with $v := .Values.a }}{{ $v.b.c }}{{ end }}
elsewith: {{ with .Values.missing }}x{{ else with .Values.a }}{{ .b }}{{ else }}y{{ end }}
elseif: {{ if .Values.missing }}1{{ else if eq 1 2 }}2{{ else if .Values.a }}3{{ else }}4{{ end }}
{{- $d := dict }}
{{- $_ := set $d "k" "v" }}
{{- range $i := until 3 }}{{ $_ := set $d (printf "k%d" $i) $i }}{{ end }}
dict: {{ $d | toJson }}
{{- $_ = set .Values "added" true }}
added: {{ .Values.added }}
`,
    },
  },
  {
    name: "white space",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "map: {a: 1, b: {c: [1, {d: e}]}}\ntext: |\n  line one\n  line two\n",
      "templates/x.yaml": `kind: Space
  {{- /* a comment */ -}}
  {{ "" }}
left:   {{- " l" }}
right: {{ "r " -}}
   end
nested:
  {{- toYaml .Values.map | nindent 2 }}
indent:
{{ toYaml .Values.map | indent 4 }}
text: |
{{ .Values.text | indent 2 }}
quoted: {{ .Values.text | quote }}
raw: {{ \`back\\quoted\` | quote }}
`,
    },
  },
  {
    name: "named templates",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "name: x\n",
      "templates/_helpers.tpl": `{{/* Names */}}
{{- define "app.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}{{ .Release.Name }}{{- else -}}{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}{{- end -}}
{{- end -}}
{{- end -}}
{{- define "app.labels" }}
app.kubernetes.io/name: {{ include "app.fullname" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
{{- define "app.inline" }}
  inline: {{ .Values.name }}
{{- end }}
{{- define "app.list" -}}{{ list 1 2 3 | toJson }}{{- end }}
`,
      "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "app.fullname" . }}
  labels:
    {{- include "app.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas | default 2 }}
  list: {{ include "app.list" . | fromJsonArray | join "," }}
  {{- block "app.block" . }}
  block: {{ .Values.name }}
  {{- end }}
  {{- template "app.inline" . }}
  dynamic: {{ include (print $.Template.BasePath "/cm.yaml") . | sha256sum }}
`,
      "templates/cm.yaml": "kind: ConfigMap\ndata:\n  a: {{ .Values.name }}\n",
    },
  },
  {
    name: "templates in values",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": `host: "{{ .Release.Name }}.example.com"
nested: '{{ tpl .Values.host . }}:{{ include "app.port" . }}'
items: ["{{ .Chart.Name }}", plain]
defined: '{{ define "inner" }}[{{ . }}]{{ end }}{{ include "inner" .Chart.Name }}'
`,
      "templates/_h.tpl": '{{ define "app.port" }}8080{{ end }}',
      "templates/x.yaml": `kind: Tpl
host: {{ tpl .Values.host . }}
nested: {{ tpl .Values.nested $ }}
items: {{ range .Values.items }}{{ tpl . $ }} {{ end }}
whole: {{ tpl (toYaml .Values.items) . | fromYamlArray | toJson }}
defined: {{ tpl .Values.defined . }}
withDot: {{ tpl "{{ .x }}" (dict "x" 5 "Template" $.Template) }}
file: {{ tpl (.Files.Get "tpl.txt") . }}
`,
      "tpl.txt": "from {{ .Chart.Name }}",
    },
  },
  {
    name: "metadata of the chart",
    files: {
      "Chart.yaml": `apiVersion: v2
name: meta
version: 0.1.0+build.5
appVersion: 2
description: "Some  text"
deprecated: true
home: https://example.com
icon: https://example.com/i.png
sources: [https://a.example, https://b.example]
keywords: [a, b]
maintainers: [{name: A, email: a@example.com, url: https://a.example}, {name: B}]
annotations: {x: "1", y: true, z: 5}
`,
      "templates/x.yaml":
        "kind: Meta\nchart: {{ .Chart | toJson }}\nyaml:\n  {{- .Chart | toYaml | nindent 2 }}\n",
    },
  },
  {
    name: "subcharts as values",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "sub: {a: 1}\n",
      "templates/x.yaml":
        'kind: X\nname: {{ .Subcharts.sub.Chart.Name }}\na: {{ .Subcharts.sub.Values.a }}\nroot: {{ .Subcharts.sub.Chart.IsRoot }}\nfile: {{ .Subcharts.sub.Files.Get "f.txt" }}\nincluded: {{ include "sub.name" .Subcharts.sub }}\n',
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/f.txt": "of sub",
      "charts/sub/templates/_h.tpl":
        '{{ define "sub.name" }}{{ .Chart.Name }}/{{ .Values.a }}{{ end }}',
    },
  },
  {
    name: "a chart of the first generation",
    files: {
      "Chart.yaml": "name: old\nversion: 1.0.0\n",
      "requirements.yaml":
        "dependencies:\n  - name: sub\n    version: 1.0.0\n    condition: sub.enabled\n",
      "requirements.lock": "dependencies: []\n",
      "values.yaml": "sub: {enabled: true}\n",
      "templates/x.yaml":
        'kind: X\napi: {{ .Chart.APIVersion }}\nreq: {{ .Files.Get "requirements.yaml" | quote }}\n',
      "charts/sub/Chart.yaml": "apiVersion: v1\nname: sub\nversion: 1.0.0\n",
      "charts/sub/templates/x.yaml": "kind: Sub\n",
    },
  },
  {
    name: "charts that are none are passed over",
    files: {
      "Chart.yaml": chart("app"),
      "charts/_ignored/Chart.yaml": "junk: [",
      "charts/.hidden/Chart.yaml": "junk: [",
      "templates/x.yaml": "kind: X\n",
    },
  },
  {
    name: "what a template renders is no YAML",
    files: { "Chart.yaml": chart("app"), "templates/x.yaml": "kind: X\n a: b\n  c: [\n" },
  },
  {
    name: "a template that does not parse",
    files: { "Chart.yaml": chart("app"), "templates/x.yaml": "kind: X\na: {{ if }}\n" },
  },
  {
    name: "an unknown function",
    files: { "Chart.yaml": chart("app"), "templates/x.yaml": 'a: {{ env "HOME" }}\n' },
  },
  {
    name: "no name",
    files: { "Chart.yaml": "apiVersion: v2\nversion: 1.0.0\n", "templates/x.yaml": "a: 1\n" },
  },
  {
    name: "no version",
    files: { "Chart.yaml": "apiVersion: v2\nname: x\n", "templates/x.yaml": "a: 1\n" },
  },
  {
    name: "values that are no mapping",
    files: { "Chart.yaml": chart("app"), "values.yaml": "- a\n", "templates/x.yaml": "a: 1\n" },
  },
  {
    name: "values of a subchart that are no mapping",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml": "sub: text\n",
      "charts/sub/Chart.yaml": chart("sub"),
      "charts/sub/templates/x.yaml": "a: 1\n",
    },
  },
  {
    name: "numbers of values",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml":
        "port: 8080\nmillion: 1000000\nhuge: 12345678901234\nfraction: 0.1\nexp: 1e5\nneg: -5\noctal: 0644\nhex: 0xff\nunder: 1_000\n",
      "templates/x.yaml": `kind: Numbers
{{- range $k, $v := .Values }}
{{ $k }}: {plain: {{ $v }}, quoted: {{ $v | quote }}, int: {{ int $v }}, int64: {{ int64 $v }}, json: {{ toJson $v }}, yaml: {{ toYaml $v }}, printf: {{ printf "%v %d %s" $v (int64 $v) (toString $v) | quote }}, type: {{ typeOf $v }}, add: {{ add $v 1 }}, mul: {{ mulf $v 2 }}}
{{- end }}
`,
    },
  },
  {
    name: "strange values",
    files: {
      "Chart.yaml": chart("app"),
      "values.yaml":
        "__proto__: {polluted: true}\nconstructor: c\ntoString: t\nyes: y\n1: one\n2.5: two\n'': empty\n\"a.b\": dot\n? multi\n: key\n",
      "templates/x.yaml":
        'kind: Strange\nall: {{ .Values | toJson }}\nproto: {{ index .Values "__proto__" | toJson }}\nset: {{ set (dict) "__proto__" 1 | toJson }}\nyaml:\n  {{- toYaml .Values | nindent 2 }}\n',
    },
  },
  {
    name: "chart names with aliases in paths",
    files: {
      "Chart.yaml": chart("app", "dependencies:\n  - {name: sub, version: '*', alias: other}\n"),
      "charts/folder-name/Chart.yaml": chart("sub"),
      "charts/folder-name/values.yaml": "a: 1\n",
      "charts/folder-name/templates/x.yaml": "kind: X\na: {{ .Values.a }}\n",
      "templates/x.yaml": "kind: Y\nv: {{ .Values.other | toJson }}\n",
    },
  },
];
