package chatbot_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/internal/clienttest"
)

var exportParams = chatbot.RecordExportExcelParams{StartDate: january, EndDate: january5}

const excelType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

const exportRoute = "/chatbots/{chatbotPk}/records/export-excel/"

// Protects the export: it is a zip file, as workbooks are, with its name, type and
// size.
func TestExportExcel(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	addRecords(server)
	var out bytes.Buffer
	export, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, &out)
	if err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, &confab.Export{
		Filename:    "對話紀錄_2026-01-01_2026-01-05.xlsx",
		ContentType: excelType,
		Size:        int64(out.Len()),
	}, export)
	if _, err := zip.NewReader(bytes.NewReader(out.Bytes()), export.Size); err != nil {
		t.Error(err)
	}
}

// Protects the caller's file: an error with status code 200, of any media type, is an
// error and not written. Only an export that is cut off is written in part.
func TestExportFailures(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	client = client.With(confab.WithRetryWait(1, 1))
	addRecords(server)
	typed := func(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }
	tests := []struct {
		fault   chatbottest.Fault
		is      error
		text    string
		written int
	}{
		{chatbottest.Fault{CutAfter: new(500)}, io.ErrUnexpectedEOF, "unexpected EOF", 500},
		{chatbottest.Fault{CutAfter: new(0)}, io.ErrUnexpectedEOF, "unexpected EOF", 0},
		{chatbottest.Fault{Status: 200, Header: typed("application/json"), Body: `{"detail":"Export is not enabled."}`}, confab.ErrServer, "500: Export is not enabled.", 0},
		{chatbottest.Fault{Status: 200, Header: typed("application/json; charset=utf-8"), Body: `{"error":"no"}`}, nil, `200: the response is not a workbook: {"error":"no"}`, 0},
		{chatbottest.Fault{Status: 200, Header: typed("text/html"), Body: "<title>Log in</title>"}, nil, "200: the response is not a workbook: Log in", 0},
		{chatbottest.Fault{Status: 200, Header: typed("text/plain"), Body: `{"detail":"Export is not enabled."}`}, confab.ErrServer, "500: Export is not enabled.", 0},
		{chatbottest.Fault{Status: 200, Header: typed("application/octet-stream"), Body: `{"detail":"Export is not enabled."}`}, confab.ErrServer, "500: Export is not enabled.", 0},
		{chatbottest.Fault{Status: 200, Header: typed(excelType), Body: `{"detail":"Export is not enabled."}`}, confab.ErrServer, "500: Export is not enabled.", 0},
		{chatbottest.Fault{Status: 200, Header: typed(excelType), Body: "PK\x05\x06 an archive of nothing"}, nil, "200: the response is not a workbook", 0},
		{chatbottest.Fault{Status: 200, Header: typed(excelType), Body: "no"}, nil, "200: the response is not a workbook: no", 0},
		{chatbottest.Fault{TruncateAfter: new(300)}, io.ErrUnexpectedEOF, "the workbook has no end", 300},
		{chatbottest.Fault{TruncateAfter: new(3)}, io.ErrUnexpectedEOF, "unexpected EOF", 0},
		{chatbottest.Fault{Status: 403, Body: `{"detail":"No."}`}, confab.ErrForbidden, "403: No.", 0},
	}
	for _, tt := range tests {
		tt.fault.Route = exportRoute
		server.Inject(tt.fault)
		var out bytes.Buffer
		export, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, &out)
		if export != nil || err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) || out.Len() != tt.written {
			t.Errorf("got %+v, %v and %d bytes, want %q and %d", export, err, out.Len(), tt.text, tt.written)
		}
		var apiErr *confab.Error
		if !errors.Is(tt.is, io.ErrUnexpectedEOF) && !errors.As(err, &apiErr) {
			t.Errorf("got %v, which is no *confab.Error", err)
		}
	}
	broken := errors.New("disk full")
	if _, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, failing{broken}); !errors.Is(err, broken) || errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the writer's error", err)
	}
	server.Inject(chatbottest.Fault{Route: exportRoute, Status: 502}, chatbottest.Fault{Route: exportRoute, CloseAfterRead: true})
	if _, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, io.Discard); err != nil {
		t.Errorf("got %v, want an export at the third attempt", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Protects the name of the file, in every form that servers use: it is never more than
// a name.
func TestFilename(t *testing.T) {
	t.Parallel()
	for disposition, want := range map[string]string{
		"":                                       "chatbot_records.xlsx",
		"attachment":                             "chatbot_records.xlsx",
		"attachment; filename=records.xlsx":      "records.xlsx",
		`attachment; filename="my records.xlsx"`: "my records.xlsx",
		`attachment; filename="a\"b.xlsx"`:       "a_b.xlsx",
		"attachment; filename*=UTF-8''%E5%B0%8D%E8%A9%B1.xlsx":                "對話.xlsx",
		"attachment; filename*=utf-8'zh'%E5%B0%8D.xlsx":                       "對.xlsx",
		`attachment; filename="plain.xlsx"; filename*=UTF-8''%E5%B0%8D.xlsx`:  "對.xlsx",
		`attachment; filename*=UTF-8''%E5%B0%8D.xlsx; filename="plain.xlsx"`:  "對.xlsx",
		`attachment; filename*=iso-8859-1''caf%E9.xlsx; filename="cafe.xlsx"`: "cafe.xlsx",
		"attachment; filename=my records.xlsx":                                "my records.xlsx",
		"attachment; filename=my records.xlsx; size=7":                        "my records.xlsx",
		`attachment; filename="對話.xlsx"`:                                      "對話.xlsx",
		"attachment; filename=對話.xlsx":                                        "對話.xlsx",
		"=?utf-8?b?YXR0YWNobWVudDsgZmlsZW5hbWU9IuWwjeipsS54bHN4Ig==?=":        "對話.xlsx",
		`attachment; filename="../../etc/passwd"`:                             "passwd",
		`attachment; filename="..\\..\\boot.ini"`:                             "boot.ini",
		"attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd":                 "passwd",
		"attachment; filename*=UTF-8''%2e%2e":                                 "chatbot_records.xlsx",
		`attachment; filename=".."`:                                           "chatbot_records.xlsx",
		`attachment; filename="a/"`:                                           "chatbot_records.xlsx",
		`attachment; filename="C:evil.xlsx"`:                                  "C_evil.xlsx",
		"attachment; filename*=UTF-8''a%00b%0A.xlsx":                          "ab.xlsx",
		"attachment; filename=\"\xff\xfe.xlsx\"":                              "xlsx",
		`attachment; filename=".bashrc"`:                                      "bashrc",
		`attachment; filename=". ..hidden.xlsx"`:                              "hidden.xlsx",
		"attachment; filename*=UTF-8''a%E2%80%AExslx%E2%80%A8.exe%E2%80%8F":   "axslx.exe",
		"attachment; filename=" + strings.Repeat("x", 300) + ".xlsx":          strings.Repeat("x", 250) + ".xlsx",
		"attachment; filename=" + strings.Repeat("對", 100) + ".xlsx":          strings.Repeat("對", 83) + ".xlsx",
		"attachment; filename=a." + strings.Repeat("x", 300):                  "a." + strings.Repeat("x", 253),
	} {
		client, mock := newMock(t)
		mock.RegisterResponder("GET", `=~^`+base+`/chatbots/b/records/`, func(req *http.Request) (*http.Response, error) {
			resp, err := clienttest.Respond(200, "application/octet-stream", workbook(""))(req)
			resp.Header.Set("Content-Disposition", disposition)
			return resp, err
		})
		export, err := client.Records.ExportExcel(t.Context(), "b", exportParams, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if export.Filename != want || export.Size != int64(len(workbook(""))) || export.ContentType != "application/octet-stream" {
			t.Errorf("%s: got %+v, want %q", disposition, export, want)
		}
	}
}

// workbook returns the shortest text that passes as a workbook, with a comment.
func workbook(comment string) string {
	return "PK\x03\x04PK\x05\x06" + strings.Repeat("\x00", 16) + string([]byte{byte(len(comment)), byte(len(comment) >> 8)}) + comment
}

// Protects against exports that a proxy cuts: the end of a workbook is found however
// its last bytes arrive, with a comment after it, and with another end before it.
func TestWorkbookEnd(t *testing.T) {
	t.Parallel()
	for body, whole := range map[string]bool{
		workbook(""):                                   true,
		workbook("written by hand"):                    true,
		workbook(strings.Repeat("c", 999)):             true,
		workbook("") + workbook(""):                    true,
		workbook(strings.Repeat("x", 5000))[:5000]:     false,
		workbook("") + "x":                             false,
		workbook("cut comment")[:30]:                   false,
		workbook("")[:25]:                              false,
		"PK\x03\x04":                                   false,
		"PK\x03\x04" + strings.Repeat("\x00", 100_000): false,
		"PK\x03\x04" + strings.Repeat("\x00", 100_000) + workbook(""): true,
	} {
		for _, reader := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body)), iotest.DataErrReader(strings.NewReader(body))} {
			client, mock := newMock(t)
			mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(reader), ContentLength: -1, Request: req}, nil
			})
			var out strings.Builder
			export, err := client.Records.ExportExcel(t.Context(), "b", exportParams, &out)
			if whole && (err != nil || export.Size != int64(len(body))) || !whole && !errors.Is(err, io.ErrUnexpectedEOF) || out.String() != body {
				t.Errorf("%.50q: got %+v, %v after %d bytes", body, export, err, out.Len())
			}
		}
	}
}

// Protects the progress of an export: it begins with the size, if the server declares
// one, before anything is written, and ends with all that was.
func TestExportProgress(t *testing.T) {
	t.Parallel()
	for _, declared := range []int64{26, -1} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			body := iotest.HalfReader(strings.NewReader(workbook("")))
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: declared, Request: req}, nil
		})
		var out bytes.Buffer
		var got []int64
		progress := chatbot.WithExportProgress(func(written, size int64) {
			if size != declared || written != int64(out.Len()) {
				t.Errorf("got %d of %d, want %d of %d", written, size, out.Len(), declared)
			}
			got = append(got, written)
		})
		if _, err := client.Records.ExportExcel(t.Context(), "b", exportParams, &out, progress); err != nil {
			t.Fatal(err)
		}
		if len(got) < 2 || got[0] != 0 || got[len(got)-1] != 26 {
			t.Errorf("got %d", got)
		}
	}
}

// Protects the request of an export: it asks for a workbook and accepts anything.
func TestExportAccept(t *testing.T) {
	t.Parallel()
	server, client := newServer(t)
	if _, err := client.Records.ExportExcel(t.Context(), server.ChatbotID, exportParams, io.Discard); err != nil {
		t.Fatal(err)
	}
	clienttest.Diff(t, excelType+", */*", server.Requests()[0].Header.Get("Accept"))
}

// pattern is a piece of a body that is generated and never stored.
var pattern = bytes.Repeat([]byte("confab\n\n"), 4<<10)

// exportOf serves a body over real HTTP, and returns what its export allocates in the
// client and the server together.
func exportOf(t *testing.T, size int64) (allocated uint64) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", excelType)
		w.Header().Set("Content-Length", fmt.Sprint(size+30)) // net/http's server allocates for each chunk
		_, _ = io.WriteString(w, "PK\x03\x04")
		for sent := int64(0); sent < size; sent += int64(len(pattern)) {
			if _, err := w.Write(pattern); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, workbook(""))
	}))
	defer server.Close()
	client, err := chatbot.New(confab.WithAPIKey(key), confab.WithBaseURL(server.URL), confab.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	export := func() {
		// A writer like a file: it has no ReadFrom of its own to copy with.
		e, err := client.Records.ExportExcel(t.Context(), "b", exportParams, struct{ io.Writer }{io.Discard})
		if err != nil || e.Size != size+30 {
			t.Fatalf("got %+v, %v", e, err)
		}
	}
	export() // the connection, and what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	export()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Protects memory: an export of 256 MiB allocates no more than one of 1 MiB, at most
// 64 KiB. The test counts what the whole process allocates, so it does not run in
// parallel.
func TestExportMemory(t *testing.T) {
	t.Setenv("MAIAGENT_API_KEY", "") // keeps it from being run beside others
	sizes := []int64{1 << 20, 256 << 20}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		allocated := exportOf(t, size)
		t.Logf("%d MiB: %d bytes allocated", size>>20, allocated)
		if allocated > 64<<10 && !raceEnabled {
			t.Errorf("an export of %d MiB has allocated %d bytes, want 64 KiB at most", size>>20, allocated)
		}
	}
}

// Protects the caller's file: an empty response and JSON of any media type are not
// workbooks.
func TestNoWorkbook(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for contentType, body := range map[string]string{"": "", "application/vnd.api+json": `{"x":1}`, "application/problem+json": `{"detail":"no"}`} {
		client, mock := newMock(t)
		mock.RegisterNoResponder(clienttest.Respond(200, contentType, body))
		var out bytes.Buffer
		export, err := client.Records.ExportExcel(t.Context(), "a", chatbot.RecordExportExcelParams{StartDate: day, EndDate: day}, &out)
		var apiErr *confab.Error
		if !errors.As(err, &apiErr) || out.Len() != 0 {
			t.Errorf("%s: got %+v, %v", contentType, export, err)
		}
	}
}
