// Oracle of the template engine: runs the cases of a JSON file through Go's own text/template and
// writes the file back with what Go answered. Numbers of the data become int where they are whole
// and float64 otherwise, as in objects that come from a Kubernetes API server.
//
//	go run test/support/gotemplate/main.go test/unit/template/go-cases.json
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"text/template"
)

type testCase struct {
	Name     string          `json:"name"`
	Template string          `json:"template"`
	Data     json.RawMessage `json:"data,omitempty"`
	// What Go printed, or its error. Recorded, never written by hand.
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
	// Where our engine answers otherwise on purpose: why, and what (absent: an error).
	Differs string  `json:"differs,omitempty"`
	Ours    *string `json:"ours,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: main <cases.json>"))
	}
	source, err := os.ReadFile(os.Args[1])
	fail(err)
	var cases []testCase
	fail(json.Unmarshal(source, &cases))
	for index := range cases {
		record(&cases[index])
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	fail(encoder.Encode(cases))
	fail(os.WriteFile(os.Args[1], text.Bytes(), 0o644))
}

func record(c *testCase) {
	c.Output, c.Error = nil, ""
	var output bytes.Buffer
	parsed, err := template.New("t").Parse(c.Template)
	if err == nil {
		err = parsed.Execute(&output, decode(c.Data))
	}
	if err != nil {
		c.Error = err.Error()
		return
	}
	text := output.String()
	c.Output = &text
}

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
		for key, item := range typed {
			typed[key] = plain(item)
		}
	}
	return value
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
