package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Protects readers of README.md: its settings are JSON, its arguments are flags that the
// program has, and its table has all tools.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) != 2 {
		t.Errorf("%d recipes, want 2", len(blocks))
	}
	for _, block := range blocks {
		var recipe struct {
			Servers map[string]struct {
				Command, URL string
				Args         []string
				Env          map[string]string
			} `json:"mcpServers"`
		}
		if err := json.Unmarshal(block[1], &recipe); err != nil {
			t.Errorf("%v in %s", err, block[1])
		}
		server := recipe.Servers["chatbotkit"]
		if (server.Command == "") == (server.URL == "") || server.Command != "" && server.Env["CHATBOTKIT_API_KEY"] == "" {
			t.Errorf("got %+v", server)
		}
		command, stderr := newCommand(t, "", append(server.Args, "-h")...)
		if err := command.Run(); err != nil {
			t.Errorf("%q: %v: %s", server.Args, err, stderr)
		}
	}
	command, usage := newCommand(t, "", "-h")
	if err := command.Run(); err != nil {
		t.Error(err)
	}
	for _, flag := range regexp.MustCompile("[`\" ](-[a-z]+(?:-[a-z]+)?)\\b").FindAllSubmatch(readme, -1) {
		if name := string(flag[1]); !strings.Contains(usage.String(), "\n  "+name+" ") && name != "-h" && name != "-o" && name != "-hex" {
			t.Errorf("there is no flag %s", name)
		}
	}
	for _, tool := range documented {
		if !strings.Contains(string(readme), "\n| `"+tool.name+"` |") {
			t.Errorf("%s is missing", tool.name)
		}
	}
}
