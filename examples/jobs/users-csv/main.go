// Users-csv writes all users as CSV to standard output. It has a progress bar if
// standard error is a terminal. It holds one page of users at a time. After Ctrl-C or
// an error, the output ends with the last user that was read.
//
// Without a token, it talks to a test server over real HTTP on loopback. With
// CHATBOTCOM_ACCESS_TOKEN, it talks to ChatBot.com:
//
//	cd examples/jobs && go run ./users-csv >users.csv
//	CHATBOTCOM_ACCESS_TOKEN=... go run ./users-csv >users.csv
package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/confab-go/confab/examples/internal/program"
	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

const usage = `Users-csv writes all users as CSV to standard output.

Set this variable to export from ChatBot.com:
  CHATBOTCOM_ACCESS_TOKEN`

func main() {
	progress := io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		progress = os.Stderr
	}
	program.Main(usage, func(ctx context.Context) error {
		return run(ctx, os.Stdout, os.Stderr, progress)
	})
}

func run(ctx context.Context, out, messages, progress io.Writer) error {
	client, closeServer, err := connect(messages)
	if err != nil {
		return err
	}
	defer closeServer()
	count, err := export(ctx, client, out, progress)
	fmt.Fprintf(messages, "read %d users\n", count)
	return err
}

// connect returns a client of ChatBot.com, or of a test server if there is no
// token.
func connect(messages io.Writer) (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		fmt.Fprintln(messages, "ChatBot.com, with the token from CHATBOTCOM_ACCESS_TOKEN")
		client, err = webchat.New()
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	server.AddUsers(250)
	fmt.Fprintln(messages, "ChatBot.com, test server at", server.URL)
	return server.Client(), server.Close, nil
}

// export writes a line for each user and returns their number. The bar has no end,
// because the API does not return the total.
func export(ctx context.Context, client *webchat.Client, out, progress io.Writer) (count int, err error) {
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(progress),
		progressbar.OptionSetDescription("users"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("users"),
		progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }),
	)
	defer func() { _ = bar.Exit() }()
	table := csv.NewWriter(out)
	defer func() {
		table.Flush()
		if flushErr := table.Error(); flushErr != nil {
			err = flushErr
		}
	}()
	if err := table.Write([]string{"id", "userId", "name", "email", "banned", "conversations", "createdAt", "lastSeen"}); err != nil {
		return 0, err
	}
	for user, err := range client.Users.All(ctx, webchat.UserListParams{}) {
		if err != nil {
			return count, err
		}
		if err := table.Write(row(user)); err != nil {
			return count, err
		}
		count++
		if err := bar.Add(1); err != nil {
			return count, err
		}
	}
	return count, nil
}

func row(user webchat.User) []string {
	return []string{
		user.ID,
		user.UserID,
		user.Attributes.Get(webchat.AttributeName),
		user.Attributes.Get(webchat.AttributeEmail),
		strconv.FormatBool(user.Banned),
		strconv.Itoa(user.Conversations.Count),
		date(user.CreatedAt.Time),
		date(user.LastSeen.Time),
	}
}

// date returns an empty string for a time that the response does not have.
func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}
