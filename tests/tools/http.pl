#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# http.pl serve FILE       serves FILE on 127.0.0.1 as OpenMetrics; prints the port, a free one
# http.pl get PORT PATH    prints what the server there answers; fails if it is not 200
# http.pl port             prints a port that is free now
#
# Nothing but what Debian's perl-base has.

use strict;
use warnings;
use IO::Socket::INET;

sub listening {
	return IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 8,
		ReuseAddr => 1) || die "listen: $@\n";
}

sub port {
	print listening()->sockport, "\n";
}

sub text_of {
	my ($path) = @_;

	open(my $file, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

# One request a connection; what it asks for does not matter.
sub serve {
	my $text = text_of(@_);
	my $server = listening();

	$| = 1;
	$SIG{PIPE} = 'IGNORE';
	print $server->sockport, "\n";
	while (my $client = $server->accept) {
		while (my $line = <$client>) {
			last if $line =~ /^\r?$/;
		}
		print $client "HTTP/1.0 200 OK\r\n",
			"Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
			'Content-Length: ', length($text), "\r\n\r\n", $text;
		close($client);
	}
}

sub get {
	my ($port, $path) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
		Timeout => 5) || die "connect: $@\n";

	alarm(10);
	print $socket "GET $path HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
	my $status = <$socket> // '';
	while (my $line = <$socket>) {
		last if $line =~ /^\r?$/;
	}
	print while <$socket>;
	$status =~ m{^HTTP/1\.[01] 200 } or die "answer: $status\n";
}

my $what = shift // '';
$what eq 'serve' ? serve(@ARGV) : $what eq 'get' ? get(@ARGV) :
	$what eq 'port' ? port() : die "usage: http.pl serve FILE | get PORT PATH | port\n";
