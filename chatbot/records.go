package chatbot

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
	"github.com/confab-go/confab/internal/wire"
)

// RecordService holds the operations on the records of assistants.
type RecordService service

// Record is an exchange with an assistant: what was asked, what was answered, and
// how good the answer was. A score is nil where none was given.
type Record struct {
	ID           string `json:"id"`
	InputMessage string `json:"inputMessage"`
	// CondenseMessage is the question as the assistant has refined it.
	CondenseMessage string `json:"condenseMessage"`
	OutputMessage   string `json:"outputMessage"`
	// Context is what the answer rests on.
	Context string `json:"context,omitzero"`

	FaithfulnessScore      *float64 `json:"faithfulnessScore"`
	AnswerRelevancyScore   *float64 `json:"answerRelevancyScore"`
	ContextPrecisionScore  *float64 `json:"contextPrecisionScore"`
	AnswerCorrectnessScore *float64 `json:"answerCorrectnessScore"`
	AnswerSimilarityScore  *float64 `json:"answerSimilarityScore"`
	ContextRecallScore     *float64 `json:"contextRecallScore"`

	DisplayFaithfulnessScore      string `json:"displayFaithfulnessScore"`
	DisplayAnswerRelevancyScore   string `json:"displayAnswerRelevancyScore"`
	DisplayContextPrecisionScore  string `json:"displayContextPrecisionScore"`
	DisplayAnswerCorrectnessScore string `json:"displayAnswerCorrectnessScore"`
	DisplayAnswerSimilarityScore  string `json:"displayAnswerSimilarityScore"`
	DisplayContextRecallScore     string `json:"displayContextRecallScore"`

	// ReplyTime is how long the answer took, in a form that is not documented.
	ReplyTime string    `json:"replyTime,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Error is what went wrong, empty if nothing did.
	Error string `json:"error,omitzero"`
}

type recordFields Record

type score = wire.Optional[float64]

type recordWire struct {
	recordFields
	FaithfulnessScore      score     `json:"faithfulnessScore"`
	AnswerRelevancyScore   score     `json:"answerRelevancyScore"`
	ContextPrecisionScore  score     `json:"contextPrecisionScore"`
	AnswerCorrectnessScore score     `json:"answerCorrectnessScore"`
	AnswerSimilarityScore  score     `json:"answerSimilarityScore"`
	ContextRecallScore     score     `json:"contextRecallScore"`
	CreatedAt              timestamp `json:"createdAt"`
}

func (w *recordWire) value() *Record {
	r := (*Record)(&w.recordFields)
	r.FaithfulnessScore, r.AnswerRelevancyScore = w.FaithfulnessScore.Value, w.AnswerRelevancyScore.Value
	r.ContextPrecisionScore, r.AnswerCorrectnessScore = w.ContextPrecisionScore.Value, w.AnswerCorrectnessScore.Value
	r.AnswerSimilarityScore, r.ContextRecallScore = w.AnswerSimilarityScore.Value, w.ContextRecallScore.Value
	r.CreatedAt = time.Time(w.CreatedAt)
	return r
}

// MarshalJSON writes the record as the API does, times in milliseconds.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		recordFields
		CreatedAt timestamp `json:"createdAt"`
	}{recordFields(r), timestamp(r.CreatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Record) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, r, (*recordWire).value)
}

// RecordListParams chooses records. StartDate and EndDate are required.
type RecordListParams struct {
	// StartDate and EndDate are the first and the last day. Of each the date is
	// sent, as its own location has it: time.Now() is today, and midnight of a day
	// is that day in every location. Whether the last day is within, and in which
	// time zone the server counts days, is not documented.
	StartDate time.Time `url:"startDate" layout:"2006-01-02"`
	EndDate   time.Time `url:"endDate" layout:"2006-01-02"`
	// Cursor is [confab.Page.Next] of the page before: the number of a page, from 1.
	Cursor string `url:"-"`
	// UserMessage and BotMessage choose by a part of the question or the answer.
	UserMessage string `url:"userMessage,omitempty"`
	BotMessage  string `url:"botMessage,omitempty"`
	// PageSize is the size of a page, at least 1. The default and the limit of the
	// server are not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

func (p RecordListParams) check() error {
	return check.First(checkDates(p.StartDate, p.EndDate), check.AtLeast("pageSize", p.PageSize, 1))
}

// checkDates compares what is sent: two times of different locations may be in
// one order and their dates in another.
func checkDates(start, end time.Time) error {
	year := func(t time.Time) bool { return 1 <= t.Year() && t.Year() <= 9999 }
	return check.First(
		check.That(!start.IsZero(), "startDate", "must be set"),
		check.That(!end.IsZero(), "endDate", "must be set"),
		check.That(year(start), "startDate", "must be in the years 1 to 9999"),
		check.That(year(end), "endDate", "must be in the years 1 to 9999"),
		check.That(start.Format(time.DateOnly) <= end.Format(time.DateOnly), "endDate", "must not be before startDate"),
	)
}

// List fetches one page of the records of an assistant, in an order that is not
// documented.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) List(ctx context.Context, chatbotID string, params RecordListParams) (*confab.Page[Record], error) {
	page, err := s.list(ctx, chatbotID, params, nil)
	return wire.Page(page, err, (*recordWire).value)
}

func (s *RecordService) list(ctx context.Context, chatbotID string, params RecordListParams, room []recordWire) (*confab.Page[recordWire], error) {
	return list(ctx, s.transport, listRecords.With(chatbotID), room, params, byPage, params.Cursor, params.check())
}

// All ranges over the records of all pages from params.Cursor on.
//
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) All(ctx context.Context, chatbotID string, params RecordListParams) iter.Seq2[Record, error] {
	return all(s.transport, listRecords, params.Cursor, func(cursor string, room []recordWire) (*confab.Page[recordWire], error) {
		page := params
		page.Cursor = cursor
		return s.list(ctx, chatbotID, page, room)
	}, (*recordWire).value)
}
