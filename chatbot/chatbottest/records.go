package chatbottest

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Record is an exchange with the assistant.
type Record struct {
	// ID is given by the server if it is empty.
	ID     string
	Input  string
	Output string
	// Refined is the question as it was refined, Input if empty.
	Refined string
	// Context is what the answer rests on, null if empty.
	Context string
	// Follow says that the question was not the first of its conversation.
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

// AddRecords adds records to those that the server makes of each answer. One
// without an id or a time gets a new id and the present time.
func (s *Server) AddRecords(records ...Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		if r.ID == "" {
			r.ID = s.newID()
		}
		if r.CreatedAt.IsZero() {
			r.CreatedAt = time.Now()
		}
		s.records = append(s.records, &r)
	}
}

// record notes an exchange. The server must be locked.
func (s *Server) record(e *exchange, m *message) {
	r := &Record{
		ID: s.newID(), Input: e.incoming.Content, Output: m.Content,
		ReplyTime: fmt.Sprintf("%.2f", time.Since(e.began).Seconds()), CreatedAt: time.Now(),
	}
	for _, other := range s.messages {
		if other.ID == e.incoming.ID {
			break
		}
		r.Follow = r.Follow || other.Conversation == m.Conversation
	}
	for i, c := range e.reply.Citations {
		if i == 0 {
			r.Context, r.Faithfulness = c.Text, &c.Score
		}
	}
	s.records = append(s.records, r)
}

func (r *Record) refined() string {
	if r.Refined == "" {
		return r.Input
	}
	return r.Refined
}

// scores are the six, in the order of the export's columns.
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

// recordsFor gives the records that a query chooses. The first and the last day
// are within, and days are those of UTC.
func (c *call) recordsFor(search url.Values) ([]*Record, error) {
	if c.r.PathValue("chatbotPk") != c.ChatbotID {
		return nil, errNotFound
	}
	problems := object{}
	day := func(name string) time.Time {
		at, err := time.Parse(time.DateOnly, search.Get(name))
		switch {
		case search.Get(name) == "":
			problems[name] = wrong("This field is required.")
		case err != nil:
			problems[name] = wrong("Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
		}
		return at
	}
	start, end := day("startDate"), day("endDate")
	if len(problems) > 0 {
		return nil, &apiError{http.StatusBadRequest, problems}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return chosen(c.records, func(r *Record) bool {
		return !r.CreatedAt.Before(start) && r.CreatedAt.Before(end.AddDate(0, 0, 1)) &&
			contains(r.Input, search.Get("userMessage")) && contains(r.Output, search.Get("botMessage"))
	}), nil
}

func (s *Server) listRecords(c *call) (answer, error) {
	found, err := c.recordsFor(c.r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	all := make([]object, len(found))
	for i, r := range found {
		all[i] = r.object()
	}
	return listed(c, all, PageAndCount)
}

// exportRecords answers with a workbook, written as it is made.
func (s *Server) exportRecords(c *call) (answer, error) {
	search := c.r.URL.Query()
	found, err := c.recordsFor(search)
	if err != nil {
		return answer{}, err
	}
	name := "對話紀錄_" + search.Get("startDate") + "_" + search.Get("endDate") + ".xlsx"
	c.w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	c.acted()
	if err := writeWorkbook(c.w, found); err != nil {
		panic(http.ErrAbortHandler)
	}
	return answer{}, nil
}
