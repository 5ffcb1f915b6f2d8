module phoenix/lab/standin

go 1.24
