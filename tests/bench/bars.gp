# SPDX-License-Identifier: MIT
#
# Bars, one a row, of two figures that are added up: gnuplot -e "data='FILE'; picture='FILE.svg';
# heading='...'; first='...'; second='...'". data: plots.awk's lines, with two figures.

set terminal svg size 900,540 dynamic noenhanced font 'sans-serif,13' background '#ffffff'
set output picture
set title heading
set key top right
set style fill solid 0.9 noborder
set yrange [*:*] reverse
set offsets 0, 0, 0.7, 0.7
set xrange [0:*]
set ytics scale 0
set grid xtics linecolor '#cccccc'
set border 1
set xlabel 'executed instructions'
plot data using ($3/2):1:($3/2):(0.35):ytic(2) with boxxyerror linecolor '#35618f' title first, \
	data using ($3+$4/2):1:($4/2):(0.35) with boxxyerror linecolor '#e0a030' title second, \
	data using ($3+$4):1:(sprintf(' %.0f', $3+$4)) with labels left notitle
