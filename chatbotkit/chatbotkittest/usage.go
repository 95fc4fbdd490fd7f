package chatbotkittest

import (
	"net/url"
	"slices"
	"time"
)

// usageEntry is the usage of one iteration of a run.
type usageEntry struct {
	at     time.Time
	tokens int
}

// usageWindow reads from and to and limits them to the last 90 days.
func usageWindow(query url.Values) (from, to time.Time, err error) {
	to = time.Now()
	from = to.AddDate(0, 0, -90)
	oldest, newest := from, to
	for key, bound := range map[string]*time.Time{"from": &from, "to": &to} {
		text := query.Get(key)
		if text == "" {
			continue
		}
		asked, err := time.Parse(time.RFC3339, text)
		if err != nil {
			asked, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return from, to, badRequest(`"` + key + `" must be in ISO 8601 date format`)
		}
		*bound = slices.MinFunc([]time.Time{slices.MaxFunc([]time.Time{asked, oldest}, time.Time.Compare), newest}, time.Time.Compare)
	}
	return from, to, nil
}

func (s *Server) fetchUsage(c *call, in *conversation) (any, error) {
	from, to, err := usageWindow(c.R.URL.Query())
	if err != nil {
		return nil, err
	}
	tokens, messages := 0, 0
	for _, entry := range in.usage {
		if !entry.at.Before(from) && !entry.at.After(to) {
			tokens += entry.tokens
		}
	}
	for _, m := range in.messages {
		if m.CreatedAt >= from.UnixMilli() && m.CreatedAt <= to.UnixMilli() {
			messages++
		}
	}
	return values{"tokens": tokens, "messages": messages}, nil
}
