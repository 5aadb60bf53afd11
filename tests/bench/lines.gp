# SPDX-License-Identifier: MIT
#
# Lines over the number of subscribers: gnuplot -e "data='FILE'; picture='FILE.svg';
# heading='...'". data: plots.awk's lines across.

set terminal svg size 900,460 dynamic noenhanced font 'sans-serif,13' background '#ffffff'
set output picture
set title heading
set key top left
set logscale xy
set grid linecolor '#cccccc'
set border 3
set xlabel 'subscribers'
set ylabel 'executed instructions a packet'
set xrange [0.9:1200]
stats data skip 1 nooutput
plot for [row=2:STATS_columns] data using 1:row with linespoints linewidth 2 \
	title columnheader(row)
