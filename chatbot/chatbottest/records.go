package chatbottest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// Record is a question to the assistant and its reply.
type Record struct {
	// ID is set by the server if it is empty.
	ID     string
	Input  string
	Output string
	// Refined is the refined question. If it is empty, Input is used.
	Refined string
	// Context is the passage that the reply is based on, null if empty.
	Context string
	// Follow reports whether the question was not the first of its conversation.
	Follow bool
	// The scores are null if nil.
	Faithfulness, AnswerRelevancy, ContextPrecision    *float64
	AnswerCorrectness, AnswerSimilarity, ContextRecall *float64
	// ReplyTime is null if empty.
	ReplyTime string
	CreatedAt time.Time
	// Error is null if empty.
	Error string
}

// AddRecords adds records. The server also adds one for each reply. It sets an empty
// id and a zero CreatedAt.
func (s *Server) AddRecords(records ...Record) {
	s.core.Lock()
	defer s.core.Unlock()
	for _, r := range records {
		r.ID, r.CreatedAt = cmp.Or(r.ID, s.newID()), cmp.Or(r.CreatedAt, time.Now())
		s.records = append(s.records, &r)
	}
}

// record adds the record of a turn. The core must be locked.
func (s *Server) record(b *botTurn, m *message) {
	r := &Record{
		ID: s.newID(), Input: b.incoming.Content, Output: m.Content,
		ReplyTime: fmt.Sprintf("%.2f", time.Since(b.began).Seconds()), CreatedAt: time.Now(),
	}
	first := slices.IndexFunc(s.messages, func(other *message) bool { return other.Conversation == m.Conversation })
	r.Follow = s.messages[first] != b.incoming
	if cited := b.reply.Citations; len(cited) > 0 {
		r.Context, r.Faithfulness = cited[0].Text, &cited[0].Score
	}
	s.records = append(s.records, r)
}

func (r *Record) refined() string { return cmp.Or(r.Refined, r.Input) }

// scores returns the six scores in the order of the export's columns.
func (r *Record) scores() []*float64 {
	return []*float64{r.Faithfulness, r.AnswerRelevancy, r.ContextPrecision, r.AnswerCorrectness, r.AnswerSimilarity, r.ContextRecall}
}

var scoreNames = []string{"FaithfulnessScore", "AnswerRelevancyScore", "ContextPrecisionScore", "AnswerCorrectnessScore", "AnswerSimilarityScore", "ContextRecallScore"}

func (r *Record) object() object {
	o := object{
		"id": r.ID, "inputMessage": r.Input, "condenseMessage": r.refined(), "outputMessage": r.Output,
		"context": orNil(r.Context), "replyTime": orNil(r.ReplyTime), "createdAt": stamp(r.CreatedAt), "error": orNil(r.Error),
	}
	for i, score := range r.scores() {
		name := scoreNames[i]
		o[string(name[0]+'a'-'A')+name[1:]], o["display"+name] = score, display(score)
	}
	return o
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func display(score *float64) string {
	if score == nil {
		return "-"
	}
	return percent(*score)
}

func percent(score float64) string { return fmt.Sprintf("%.0f%%", 100*score) }

// recordsFor returns the records that match a query. The first and the last day are
// included. Days are days of UTC. The core must be locked.
func (c *call) recordsFor(search url.Values) ([]*Record, error) {
	if c.R.PathValue("chatbotId") != c.ChatbotID {
		return nil, errNotFound
	}
	problems := object{}
	day := func(name string) time.Time {
		at, err := time.Parse(time.DateOnly, search.Get(name))
		switch {
		case search.Get(name) == "":
			problems[name] = []string{"This field is required."}
		case err != nil:
			problems[name] = []string{"Date has wrong format. Use one of these formats instead: YYYY-MM-DD."}
		}
		return at
	}
	start, end := day("startDate"), day("endDate")
	if len(problems) > 0 {
		return nil, refusal(http.StatusBadRequest, problems)
	}
	return fakeapi.Filter(c.records, func(r *Record) bool {
		return !r.CreatedAt.Before(start) && r.CreatedAt.Before(end.AddDate(0, 0, 1)) &&
			contains(r.Input, search.Get("userMessage")) && contains(r.Output, search.Get("botMessage"))
	}), nil
}

func (s *Server) listRecords(c *call) (any, error) {
	found, err := c.recordsFor(c.R.URL.Query())
	if err != nil {
		return nil, err
	}
	all := make([]object, len(found))
	for i, r := range found {
		all[i] = r.object()
	}
	return listed(c, all, PageAndCount)
}

func (s *Server) exportRecords(c *call) (any, error) {
	search := c.R.URL.Query()
	found, err := c.recordsFor(search)
	if err != nil {
		return nil, err
	}
	name := "對話紀錄_" + search.Get("startDate") + "_" + search.Get("endDate") + ".xlsx"
	return fakeapi.Response{Status: http.StatusOK, Body: workbook(found), Header: http.Header{
		"Content-Type":        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		"Content-Disposition": {"attachment; filename*=UTF-8''" + url.PathEscape(name)},
	}}, nil
}
