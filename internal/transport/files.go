package transport

import (
	"io"
	"path"
	"strings"
)

// SizeOf returns the number of bytes left in content, or -1 if that is unknown.
func SizeOf(content io.Reader) int64 {
	switch content := content.(type) {
	case interface{ Len() int }:
		return int64(content.Len())
	case io.Seeker:
		here, err := content.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		end, err := content.Seek(0, io.SeekEnd)
		if err != nil || end <= here {
			end = here - 1 // a device or a file of /proc reports 0 and has more
		}
		if _, err := content.Seek(here, io.SeekStart); err != nil {
			return -1
		}
		return end - here
	}
	return -1
}

// mediaTypes lists common attachments. The table of package mime differs between
// machines.
var mediaTypes = map[string]string{
	".csv": "text/csv", ".doc": "application/msword",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gif":  "image/gif", ".htm": "text/html", ".html": "text/html", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".json": "application/json", ".jsonl": "application/jsonl", ".m4a": "audio/mp4", ".md": "text/markdown",
	".mp3": "audio/mpeg", ".mp4": "video/mp4", ".ogg": "audio/ogg", ".pdf": "application/pdf", ".png": "image/png",
	".ppt":  "application/vnd.ms-powerpoint",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".svg":  "image/svg+xml", ".txt": "text/plain", ".wav": "audio/wav", ".webm": "video/webm", ".webp": "image/webp",
	".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml": "application/xml", ".zip": "application/zip",
}

// MediaType returns the media type of a file by the extension of its name.
func MediaType(name string) string {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}
