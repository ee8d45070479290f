// The oracles of the chart renderer, of provenance files and of the template engine: Helm's own Go
// packages and Go's own text/template. Reads one JSON request from standard input, writes one JSON answer.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"sort"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/Masterminds/sprig/v3"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	release "helm.sh/helm/v4/pkg/release/v1"
)

type request struct {
	Charts      []chartCase        `json:"charts"`
	Templates   []templateCase     `json:"templates"`
	Constraints []constraintCase   `json:"constraints"`
	Signings    []signingCase      `json:"signings"`
	Provenances []verificationCase `json:"provenances"`
}

type chartCase struct {
	Files       map[string]string `json:"files"`
	ValueFiles  []string          `json:"valueFiles"`
	KubeVersion string            `json:"kubeVersion"`
	APIVersions []string          `json:"apiVersions"`
}

type templateCase struct {
	Template   string          `json:"template"`
	Data       json.RawMessage `json:"data"`
	MissingKey string          `json:"missingKey"`
}

type constraintCase struct {
	Constraint string `json:"constraint"`
	Version    string `json:"version"`
}

type answer struct {
	Output string `json:"output"`
	Error  string `json:"error,omitempty"`
}

type answers struct {
	Charts      []answer  `json:"charts"`
	Templates   []answer  `json:"templates"`
	Constraints []string  `json:"constraints"`
	Signings    []signing `json:"signings"`
	// Output is the fingerprint of the signer.
	Provenances []answer `json:"provenances"`
	// Names of all functions of sprig that Helm lets templates use.
	Functions []string `json:"functions"`
}

func main() {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	time.Local = time.UTC
	var asked request
	fail(json.NewDecoder(os.Stdin).Decode(&asked))
	given := answers{Charts: []answer{}, Templates: []answer{}, Constraints: []string{}, Signings: []signing{}, Provenances: []answer{}}
	for _, c := range asked.Charts {
		given.Charts = append(given.Charts, answerOf(func() (string, error) { return renderChart(c) }))
	}
	for _, c := range asked.Templates {
		given.Templates = append(given.Templates, answerOf(func() (string, error) { return renderTemplate(c) }))
	}
	for _, c := range asked.Constraints {
		given.Constraints = append(given.Constraints, check(c))
	}
	for _, c := range asked.Signings {
		given.Signings = append(given.Signings, sign(c))
	}
	for _, c := range asked.Provenances {
		given.Provenances = append(given.Provenances, answerOf(func() (string, error) { return verify(c) }))
	}
	for name := range sprig.TxtFuncMap() {
		if name != "env" && name != "expandenv" {
			given.Functions = append(given.Functions, name)
		}
	}
	sort.Strings(given.Functions)
	fail(json.NewEncoder(os.Stdout).Encode(given))
}

func answerOf(work func() (string, error)) (result answer) {
	defer func() {
		if reason := recover(); reason != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	output, err := work()
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: output}
}

// What `helm template release --namespace space --include-crds --no-hooks` prints.
func renderChart(c chartCase) (string, error) {
	files := []*archive.BufferedFile{}
	for name, text := range c.Files {
		files = append(files, &archive.BufferedFile{Name: name, Data: []byte(text)})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Name < files[j].Name })
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		return "", err
	}
	// As the command does before it renders.
	if loaded.Metadata.Type != "" && loaded.Metadata.Type != "application" {
		return "", fmt.Errorf("%s charts are not installable", loaded.Metadata.Type)
	}
	values := map[string]any{}
	for _, text := range c.ValueFiles {
		read, err := loader.LoadValues(strings.NewReader(text))
		if err != nil {
			return "", err
		}
		values = loader.MergeMaps(values, read)
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName = "release"
	install.Namespace = "space"
	install.Replace = true
	install.IncludeCRDs = true
	install.APIVersions = common.VersionSet(c.APIVersions)
	if c.KubeVersion != "" {
		if install.KubeVersion, err = common.ParseKubeVersion(c.KubeVersion); err != nil {
			return "", err
		}
	}
	installed, err := install.Run(loaded, values)
	if err != nil {
		return "", err
	}
	return installed.(*release.Release).Manifest, nil
}

func renderTemplate(c templateCase) (string, error) {
	parsed := template.New("t")
	if c.MissingKey != "" {
		parsed.Option("missingkey=" + c.MissingKey)
	}
	if _, err := parsed.Parse(c.Template); err != nil {
		return "", err
	}
	var output bytes.Buffer
	err := parsed.Execute(&output, decode(c.Data))
	return output.String(), err
}

// Whole numbers become int, others float64; {"$float": 3} is a float64 without a fraction.
func decode(raw json.RawMessage) any {
	if len(raw) == 0 {
		return map[string]any{}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	fail(decoder.Decode(&value))
	return plain(value)
}

func plain(value any) any {
	switch typed := value.(type) {
	case json.Number:
		if whole, err := strconv.Atoi(typed.String()); err == nil {
			return whole
		}
		fraction, err := typed.Float64()
		fail(err)
		return fraction
	case []any:
		for index, item := range typed {
			typed[index] = plain(item)
		}
	case map[string]any:
		if float, ok := typed["$float"]; ok {
			number, err := float.(json.Number).Float64()
			fail(err)
			return number
		}
		for key, item := range typed {
			typed[key] = plain(item)
		}
	}
	return value
}

func check(c constraintCase) string {
	version, err := semver.NewVersion(c.Version)
	if err != nil {
		return "no version"
	}
	constraint, err := semver.NewConstraint(c.Constraint)
	if err != nil {
		return "no constraint"
	}
	return strconv.FormatBool(constraint.Check(version))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
