# SPDX-License-Identifier: MIT
#
# Builds the targets, from the top of the tree, by GNU make:
#
#   make -f tests/fuzz/fuzz.mk O=DIR                 with the driver of replay.c
#   make -f tests/fuzz/fuzz.mk O=DIR fuzz=1 CC=clang with libFuzzer
#   make -f tests/fuzz/fuzz.mk list                  prints their names
#
# The whole library is in each of them. NAME_links: what else; NAME_wraps: which functions
# of the system are ours; NAME_libs: which libraries are not.

has = $(shell pkg-config --exists '$(1)' && echo 1 || echo 0)
has_pcap := $(call has,libpcap >= 1.10)
has_mnl := $(call has,libmnl)
has_jansson := $(call has,jansson >= 2.8)
has_check := $(call has,check)
libs = $(shell pkg-config --silence-errors --libs $(1))
pcap := $(call libs,libpcap)
mnl := $(call libs,libmnl)
jansson := $(call libs,jansson)
cflags := $(foreach one,libpcap libmnl jansson check,\
	$(shell pkg-config --silence-errors --cflags $(one)))

# ---- Targets -----------------------------------------------------------------------

targets := answer batch connection decode filter frame holders map modfile options table text
ifeq ($(has_pcap),1)
targets += expression reader
endif
ifeq ($(has_mnl),1)
targets += sockets
endif
ifeq ($(has_check),1)
targets += doctor
endif

kernel = tests/unit/fake_kernel.c tests/unit/fake_ring.c tests/fuzz/fake_time.c
kernel_wraps = socket getsockopt setsockopt poll mmap munmap pselect
files = tests/fuzz/fake_files.c
files_wraps = fopen open opendir readdir closedir dirfd readlinkat
# How commands write, and who reads it.
shown = tools/format.c tools/object.c tools/procfs.c tools/table.c tools/text.c tools/tool.c \
	tests/fuzz/objects.c
# Whose socket it is.
processes = tools/process.c $(if $(mnl),tools/holders.c tools/pings.c tools/sockets.c)

answer_links = $(kernel) $(shown) tools/channels.c tools/probe.c tools/texts.c
answer_wraps = $(kernel_wraps) isatty
answer_libs = $(jansson)

batch_links = $(kernel)
batch_wraps = $(kernel_wraps)

connection_wraps = getsockname getpeername getsockopt

decode_links = tools/frame.c

doctor_links = tools/examine.c tools/facts.c tools/finding.c tools/modfile.c tools/modtree.c \
	tools/survey.c $(wildcard tools/doctor_*.c) tests/fuzz/norunner.c \
	tests/unit/modmake.c tests/unit/patient.c tests/unit/tree.c

expression_links = tools/filter.c tools/tool.c
expression_libs = $(pcap)

filter_links = $(kernel)
filter_wraps = $(kernel_wraps)

frame_links = tools/frame.c

holders_links = $(files) tools/holders.c tools/tool.c tools/user.c
holders_wraps = $(files_wraps) initgroups setresgid setresuid prctl syscall getuid geteuid \
	getgid getegid now_ms

map_links = $(kernel)
map_wraps = $(kernel_wraps)

modfile_links = tools/modfile.c

options_links = tools/options.c tools/prompt.c tools/tool.c

reader_links = $(shown) $(processes) tools/filter.c tools/frame.c tools/icmp.c tools/json.c \
	tools/line.c tools/live.c tools/options.c tools/reader.c tools/user.c tools/writer.c
reader_wraps = isatty ioctl
reader_libs = $(pcap) $(mnl) $(jansson)

sockets_links = $(files) $(processes) tools/tool.c tests/fuzz/fake_netlink.c
sockets_wraps = $(files_wraps) mnl_socket_open2 mnl_socket_bind mnl_socket_close \
	mnl_socket_get_fd mnl_socket_get_portid mnl_socket_sendto mnl_socket_recvfrom \
	mnl_nlmsg_put_header recv getifaddrs freeifaddrs clock_gettime now_ms
sockets_libs = $(mnl)

table_links = $(files) $(shown) tools/metrics.c tools/stats.c tools/streams.c
table_wraps = $(files_wraps) getpwuid
table_libs = $(jansson)

text_links = $(shown) tools/json.c tools/line.c tools/subject.c tools/texts.c
text_wraps = getnameinfo if_indextoname getservbyport now_ms
text_libs = $(jansson)

# ---- How ---------------------------------------------------------------------------

sanitize = -fsanitize=address,undefined -fno-sanitize-recover=all
ifdef fuzz
how = -O2 -fsanitize=fuzzer-no-link $(sanitize)
link = -fsanitize=fuzzer $(sanitize)
driver =
else
how = -O1 $(sanitize)
link = $(sanitize)
driver = tests/fuzz/replay.c
endif
flags = -std=c99 -D_GNU_SOURCE -g -fno-omit-frame-pointer -Wall -Wextra -Iinclude -Ilibsockopt \
	-Itools -Itests/unit -Itests/fuzz $(cflags) -DHAVE_PCAP=$(has_pcap) \
	-DHAVE_MNL=$(has_mnl) -DHAVE_JANSSON=$(has_jansson) -DHAVE_NCURSES=0

# ---- Rules -------------------------------------------------------------------------

O ?= build/fuzz/replay
library = $(wildcard libsockopt/*.c)
sources_of = tests/fuzz/fuzz_$(1).c tests/fuzz/fuzz.c $(driver) $(library) $($(1)_links)
objects_of = $(patsubst %.c,$(O)/%.o,$(call sources_of,$(1)))
all_objects = $(sort $(foreach target,$(targets),$(call objects_of,$(target))))

all: $(targets:%=$(O)/%)

list:
	@echo $(sort $(targets))

.SECONDEXPANSION:
$(targets:%=$(O)/%): $(O)/%: $$(call objects_of,$$*)
	$(CC) $(link) $(foreach name,$($*_wraps),-Wl,--wrap=$(name)) -o $@ $^ $($*_libs)

$(O)/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(CC) $(how) $(flags) -MMD -MP -c -o $@ $<

-include $(all_objects:.o=.d)

.PHONY: all list
