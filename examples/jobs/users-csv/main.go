// Users-csv writes all users as CSV to standard output, with a progress bar on
// standard error. It holds one page of users at a time, however many there are.
//
// Without a token it talks to an embedded server over real HTTP on loopback. With
// CHATBOTCOM_ACCESS_TOKEN set it talks to ChatBot.com:
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
	"os/signal"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/confab-go/confab/webchat"
	"github.com/confab-go/confab/webchat/webchattest"
)

func main() {
	if err := run(os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "users-csv:", err)
		os.Exit(1)
	}
}

func run(out, messages io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, closeServer, err := connect(messages)
	if err != nil {
		return err
	}
	defer closeServer()
	return export(ctx, client, out, messages)
}

// connect makes a client of ChatBot.com, or of an embedded server without a token.
func connect(messages io.Writer) (client *webchat.Client, closeServer func(), err error) {
	if os.Getenv("CHATBOTCOM_ACCESS_TOKEN") != "" {
		_, _ = fmt.Fprintln(messages, "ChatBot.com, with the token from CHATBOTCOM_ACCESS_TOKEN")
		client, err = webchat.New()
		return client, func() {}, err
	}
	server := webchattest.NewServer()
	server.AddUsers(250)
	_, _ = fmt.Fprintln(messages, "ChatBot.com, embedded server at", server.URL)
	return server.Client(), server.Close, nil
}

// export writes one line a user. The API does not say how many there are, so that
// the bar counts without an end.
func export(ctx context.Context, client *webchat.Client, out, messages io.Writer) error {
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(messages),
		progressbar.OptionSetDescription("users"),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("users"),
		progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(messages) }),
	)
	table := csv.NewWriter(out)
	if err := table.Write([]string{"id", "userId", "name", "email", "banned", "conversations", "createdAt", "lastSeen"}); err != nil {
		return err
	}
	for user, err := range client.Users.All(ctx, webchat.UserListParams{}) {
		if err != nil {
			return err
		}
		if err := table.Write(row(user)); err != nil {
			return err
		}
		if err := bar.Add(1); err != nil {
			return err
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return err
	}
	return bar.Finish()
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

// date leaves a time empty that the API does not give.
func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}
