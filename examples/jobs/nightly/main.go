// Nightly exports last month's records of an assistant to an Excel file and prints a
// summary of them. It has a progress bar on a terminal. It never overwrites a file.
//
// It belongs to a module of its own, because only the jobs need the progress bar.
// Without a key, it talks to a test server over real HTTP on loopback. With
// MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID, it talks to MaiAgent:
//
//	cd examples/jobs && go run ./nightly
//	MAIAGENT_API_KEY=... MAIAGENT_CHATBOT_ID=... go run ./nightly -dir /var/exports
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/examples/internal/program"
)

const usage = `Nightly exports last month's records of an assistant to an Excel file and prints a
summary of them.

Set these variables to export from MaiAgent:
  MAIAGENT_API_KEY and MAIAGENT_CHATBOT_ID`

func main() {
	dir := flag.String("dir", "", "the `directory` for the file (default a new temporary directory)")
	progress := io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		progress = os.Stderr
	}
	program.Main(usage, func(ctx context.Context) error {
		return run(ctx, *dir, os.Stdout, progress)
	})
}

// job exports the records of one month.
type job struct {
	client     *chatbot.Client
	chatbotID  string
	start, end time.Time // the first and the last day
}

func run(ctx context.Context, dir string, out, progress io.Writer) error {
	j, closeServer, err := connect(time.Now(), out)
	if err != nil {
		return err
	}
	defer closeServer()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "nightly"); err != nil {
			return err
		}
	}
	path, err := j.export(ctx, dir, progress)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "exported to", path)
	return j.summarize(ctx, out)
}

// export writes the workbook to dir. The server chooses the file's name. If dir has
// a file of that name, export returns an error that matches fs.ErrExist.
func (j *job) export(ctx context.Context, dir string, progress io.Writer) (path string, err error) {
	file, err := os.CreateTemp(dir, "records-*.part")
	if err != nil {
		return "", err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name()) // fails after the rename
	}()
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(progress),
		progressbar.OptionSetDescription("exporting"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetSpinnerChangeInterval(0),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }),
	)
	export, err := j.client.Records.ExportExcel(ctx, j.chatbotID, chatbot.RecordExportExcelParams{
		StartDate: j.start, EndDate: j.end,
	}, io.MultiWriter(file, bar))
	_ = bar.Exit()
	if err != nil {
		return "", err
	}
	if err := file.Close(); err != nil {
		return "", err
	}
	path = filepath.Join(dir, export.Filename)
	return path, renameNew(file.Name(), path)
}

// renameNew is os.Rename for a new path that must not exist. It creates the file
// first, because os.Rename replaces files.
func renameNew(oldPath, newPath string) error {
	file, err := os.OpenFile(newPath, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(oldPath, newPath); err != nil {
		return errors.Join(err, os.Remove(newPath))
	}
	return nil
}

// summarize lists the same records and prints their numbers.
func (j *job) summarize(ctx context.Context, out io.Writer) error {
	var records, failed, scored int
	var faithfulness float64
	for record, err := range j.client.Records.All(ctx, j.chatbotID, chatbot.RecordListParams{
		StartDate: j.start, EndDate: j.end, PageSize: new(100),
	}) {
		if err != nil {
			return err
		}
		records++
		if record.Error != "" {
			failed++
		}
		if score := record.FaithfulnessScore; score != nil {
			scored++
			faithfulness += *score
		}
	}
	fmt.Fprintf(out, "%s to %s: %d records, %d failed", j.start.Format(time.DateOnly), j.end.Format(time.DateOnly), records, failed)
	if scored > 0 {
		fmt.Fprintf(out, ", mean faithfulness %.2f of %d", faithfulness/float64(scored), scored)
	}
	fmt.Fprintln(out)
	return nil
}

// connect returns a job for MaiAgent, or for a test server if there is no key.
func connect(now time.Time, out io.Writer) (j *job, closeServer func(), err error) {
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	j = &job{start: first.AddDate(0, -1, 0), end: first.AddDate(0, 0, -1)}
	if os.Getenv("MAIAGENT_API_KEY") == "" {
		server := chatbottest.NewServer()
		fill(server, j.start)
		fmt.Fprintln(out, "MaiAgent, test server at", server.URL)
		j.client, j.chatbotID = server.Client(), server.ChatbotID
		return j, server.Close, nil
	}
	if j.chatbotID = os.Getenv("MAIAGENT_CHATBOT_ID"); j.chatbotID == "" {
		return nil, nil, errors.New("MAIAGENT_CHATBOT_ID is not set; it must be the assistant's id")
	}
	fmt.Fprintln(out, "MaiAgent, with the key from MAIAGENT_API_KEY")
	j.client, err = chatbot.New()
	return j, func() {}, err
}

// fill adds a month of records to the test server. One in ten has failed.
func fill(server *chatbottest.Server, start time.Time) {
	noon := time.Date(start.Year(), start.Month(), 2, 12, 0, 0, 0, time.UTC)
	for i := range 5000 {
		r := chatbottest.Record{
			Input: fmt.Sprintf("Where is order %d?", i), Output: "On its way.", Faithfulness: new(0.5 + float64(i%5)/10),
			ReplyTime: "1.20", CreatedAt: noon.Add(time.Duration(i) * 7 * time.Minute),
		}
		if i%10 == 9 {
			r.Output, r.Faithfulness, r.Error = "", nil, "the model did not answer"
		}
		server.AddRecords(r)
	}
}
