/** What the charts of the expressions render with. */

export const ORACLE_CHART: Readonly<Record<string, string>> = {
  "Chart.yaml": `apiVersion: v2
name: oracle
version: 1.2.3-beta.1
appVersion: 1.20
kubeVersion: ">=1.20.0-0"
description: A chart to compare with
type: application
home: https://example.com
keywords: [one, two]
maintainers:
  - name: Somebody
    email: somebody@example.com
annotations:
  example.com/a: "1"
  example.com/b: x
`,
  "values.yaml": `int: 8080
big: 1000000
huge: 1e30
small: 0.0000001
float: 2.5
text: some text
yes: no
list: [1, two, 3.5, true, null, {a: b}]
map: {key: value, nothing: null, other: 5}
nested:
  inner:
    deep: found
quoted: ["1", "true", 'yes', "", " x"]
`,
  "templates/_helpers.tpl": `{{- define "oracle.name" -}}
{{ .Chart.Name }}-{{ .Release.Name | trunc 4 }}
{{- end -}}
{{- define "oracle.value" -}}[{{ . }}]{{- end -}}
{{- define "oracle.recursive" -}}{{ include "oracle.recursive" . }}{{- end -}}
`,
  "config/a.ini": "[section]\nkey=value\n",
  "config/b.ini": "no newline at the end",
  "config/deep/c.ini": "deep\n",
  "small.txt": "hi",
  "README.md": "# Oracle\n",
};
