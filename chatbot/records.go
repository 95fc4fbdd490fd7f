package chatbot

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

// RecordService provides the operations on the records of assistants.
type RecordService service

// Record is an exchange with an assistant: the question, the reply and its scores. A
// score is nil if there is none.
type Record struct {
	ID           string `json:"id"`
	InputMessage string `json:"inputMessage"`
	// CondenseMessage is the question as the assistant refined it.
	CondenseMessage string `json:"condenseMessage"`
	OutputMessage   string `json:"outputMessage"`
	// Context is the text that the reply is based on.
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

	// ReplyTime is how long the reply took, in a form that is not documented.
	ReplyTime string      `json:"replyTime,omitzero"`
	CreatedAt confab.Time `json:"createdAt,omitzero"`
	// Error is the assistant's error, or empty.
	Error string `json:"error,omitzero"`
}

// RecordListParams selects records. StartDate and EndDate are required.
type RecordListParams struct {
	// StartDate and EndDate are the first and the last day. Each is sent as the date in
	// its own location: time.Now() is today, and midnight of a day is that day in every
	// location. The vendor does not document whether the last day is included, nor in
	// which time zone the server counts days.
	StartDate time.Time `url:"startDate" layout:"2006-01-02"`
	EndDate   time.Time `url:"endDate" layout:"2006-01-02"`
	// Cursor is [confab.Page.Next] of the page before: the number of a page, from 1.
	Cursor string `url:"-"`
	// UserMessage and BotMessage select by a part of the question or the reply.
	UserMessage string `url:"userMessage,omitempty"`
	BotMessage  string `url:"botMessage,omitempty"`
	// PageSize is the size of a page, at least 1. The server's default and limit are
	// not documented.
	PageSize *int `url:"pageSize,omitempty"`
}

func (p RecordListParams) check() error {
	return cmp.Or(checkDates(p.StartDate, p.EndDate), check.AtLeast("pageSize", p.PageSize, 1))
}

// checkDates compares the dates that are sent: two times in different locations may
// be in one order and their dates in another.
func checkDates(start, end time.Time) error {
	year := func(t time.Time) bool { return 1 <= t.Year() && t.Year() <= 9999 }
	return cmp.Or(
		check.Must(!start.IsZero(), "startDate", "must be set"),
		check.Must(!end.IsZero(), "endDate", "must be set"),
		check.Must(year(start), "startDate", "must be in the years 1 to 9999"),
		check.Must(year(end), "endDate", "must be in the years 1 to 9999"),
		check.Must(start.Format(time.DateOnly) <= end.Format(time.DateOnly), "endDate", "must not be before startDate"),
	)
}

// List returns one page of the records of an assistant, in an order that is not
// documented. If the position of the next page cannot be read, it returns the page
// with an error.
//
// MaiAgent, "Get AI Assistant Conversation Records":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) List(ctx context.Context, chatbotID string, params RecordListParams) (*confab.Page[Record], error) {
	return s.pages(chatbotID, params).list(ctx, params.Cursor, nil)
}

func (s *RecordService) pages(chatbotID string, params RecordListParams) pages[Record] {
	return pages[Record]{transport: s.transport, request: listRecords.With(chatbotID).Query(params, params.check()), param: byPage}
}

// All yields the records of all pages, beginning at params.Cursor.
//
// MaiAgent, "Get AI Assistant Conversation Records":
// https://docs.maiagent.ai/api/api-doc-en/api-reference/dui-hua-he-xun-xi
func (s *RecordService) All(ctx context.Context, chatbotID string, params RecordListParams) iter.Seq2[Record, error] {
	return s.pages(chatbotID, params).all(ctx, params.Cursor)
}
