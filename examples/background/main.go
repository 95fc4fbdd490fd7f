// Background starts a run of a bot in one process, kills that process, and reads the
// run to its end in another one, which knows only the id of the run's channel.
//
// Without a key, the run takes place on a test server in this process, over real HTTP
// on loopback. With CHATBOTKIT_API_KEY, it takes place at ChatBotKit:
//
//	go run ./examples/background
//	CHATBOTKIT_API_KEY=... go run ./examples/background
//
// To do it by hand, in two terminals, choose an id of at least 24 characters:
//
//	CHATBOTKIT_API_KEY=... go run ./examples/background -start my-first-run-in-the-back
//	CHATBOTKIT_API_KEY=... go run ./examples/background -follow my-first-run-in-the-back
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Background starts a run in one process, kills the process, and reads the run to its
end in another one. With a flag it does one part of that.

Set this variable to use ChatBotKit:
  CHATBOTKIT_API_KEY`

var (
	start  = flag.String("start", "", "start a run on the channel `id` and print its text")
	follow = flag.String("follow", "", "print the text of the run on the channel `id`")
)

// baseURL is the environment variable that leads the other processes to the test server.
const baseURL = "BACKGROUND_BASE_URL"

func main() {
	program.Main(usage, func(ctx context.Context) error {
		switch {
		case *start != "":
			return startRun(ctx, *start)
		case *follow != "":
			return followRun(ctx, *follow)
		}
		return demonstrate(ctx)
	})
}

// startRun starts a run on a channel of our own and prints its text.
func startRun(ctx context.Context, channelID string) error {
	client, err := connect()
	if err != nil {
		return err
	}
	_, err = client.Dispatch(ctx, chatbotkit.DispatchParams{
		ChannelID: channelID,
		Messages:  []chatbotkit.MessageParam{{Type: chatbotkit.MessageUser, Text: "Tell a story in three sentences."}},
	})
	if err != nil {
		return err
	}
	return followRun(ctx, channelID)
}

// followRun prints the text of a run from its beginning. A run may be silent for ever,
// for example if there is none with the id, so the wait is bounded.
func followRun(ctx context.Context, channelID string) error {
	client, err := connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for text, err := range chatbotkit.Text(client.Follow(ctx, channelID)) {
		if err != nil {
			return err
		}
		fmt.Print(text)
	}
	fmt.Println()
	return nil
}

func connect() (*chatbotkit.Client, error) {
	if url := os.Getenv(baseURL); url != "" {
		return chatbotkit.New(confab.WithBaseURL(url))
	}
	return chatbotkit.New()
}

// demonstrate starts the two processes, one after the other.
func demonstrate(ctx context.Context) error {
	environment := os.Environ()
	if os.Getenv("CHATBOTKIT_API_KEY") == "" {
		server := chatbotkittest.NewServer(chatbotkittest.WithBot(storyteller))
		defer server.Close()
		fmt.Println("ChatBotKit, test server at", server.URL)
		environment = append(environment, "CHATBOTKIT_API_KEY="+server.APIKey, baseURL+"="+server.URL)
	} else {
		fmt.Println("ChatBotKit, with the key from CHATBOTKIT_API_KEY")
	}
	random := make([]byte, 12)
	_, _ = rand.Read(random) // it never fails
	channelID := hex.EncodeToString(random)

	fmt.Println("The first process starts a run on channel", channelID)
	if err := readAndKill(ctx, process(ctx, environment, "-start", channelID)); err != nil {
		return err
	}
	fmt.Println("\nThe first process was killed. The second one follows the run:")
	second := process(ctx, environment, "-follow", channelID)
	second.Stdout = os.Stdout
	return explain(ctx, second, second.Run())
}

// process returns this program with other arguments. It ends with ctx.
func process(ctx context.Context, environment []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...) //nolint:gosec // it is this program
	if self, err := os.Executable(); err == nil {
		cmd.Path, cmd.Err = self, nil
	}
	cmd.Env, cmd.Stderr = environment, new(bytes.Buffer)
	return cmd
}

// readAndKill prints the first words of a process and kills it.
func readAndKill(ctx context.Context, cmd *exec.Cmd) error {
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	words := bufio.NewReader(output)
	for range 4 {
		word, err := words.ReadString(' ')
		if err != nil {
			return explain(ctx, cmd, errors.Join(err, cmd.Wait()))
		}
		fmt.Print(word)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it reports that the process was killed
	return ctx.Err()
}

// explain adds what a process printed to its error. After Ctrl-C it returns that.
func explain(ctx context.Context, cmd *exec.Cmd, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(fmt.Sprint(cmd.Stderr)))
}

// storyteller is the bot of the test server. It is as slow as a model.
func storyteller(chatbotkittest.Turn) chatbotkittest.Reply {
	const story = "A fox met a hen at the well. They talked about the weather until the moon rose. " +
		"Then each went home, and both told it as an adventure."
	return chatbotkittest.Reply{Tokens: strings.SplitAfter(story, " "), TokenDelay: 40 * time.Millisecond}
}
