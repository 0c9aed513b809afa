"""The command line: help, versions, and one line with status 2 for what a user did wrong."""

import subprocess
import sys

from fsmi_explorer import __version__
from fsmi_explorer.cli.main import COMMANDS, main
import pytest


def refused(capsys, *words):
    """Run a command that must be refused; return what it says."""
    try:
        status = main(list(words))
    except SystemExit as end:
        status = end.code
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ''
    return said.err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(['--version'])
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == f'fsmi_explorer {__version__}'


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(['--help'])
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


@pytest.mark.parametrize('command', ['replay', 'score'])
def test_every_option_says_its_default(capsys, command):
    with pytest.raises(SystemExit):
        main([command, '--help'])
    assert 'output/' in capsys.readouterr().out


@pytest.mark.parametrize('words', [[], ['fly'], ['score'], ['replay', 'a.log', '--rate', 'fast']])
def test_wrong_words_are_refused(capsys, words):
    assert 'error: ' in refused(capsys, *words)


@pytest.mark.parametrize('words', [
    ['score', 'missing.yaml'], ['replay', 'missing.log'], ['replay', 'missing.mcap']])
def test_a_missing_file_is_one_line(capsys, words):
    said = refused(capsys, *words)
    assert said.startswith(f'fsmi_explorer {words[0]}: error: {words[1]}: ')
    assert said.count('\n') == 1


def test_bad_files_are_one_line(capsys, tmp_path):
    (tmp_path / 'bad.log').write_text('FLASER 3 1.0 2.0\n')
    (tmp_path / 'bad.yaml').write_text('image: [1\nresolution: 2\n')
    for words in (['replay', str(tmp_path / 'bad.log')], ['score', str(tmp_path / 'bad.yaml')]):
        said = refused(capsys, *words)
        assert words[1] in said
        assert said.count('\n') == 1


@pytest.mark.parametrize('words', [['--rate', '-1'], ['--rate', 'nan'], ['--resolution', '0'],
                                   ['--max-range', '-2']])
def test_values_out_of_range_are_refused(capsys, tmp_path, words):
    log = tmp_path / 'a.log'
    log.write_text(f'FLASER 1 1.0 0 0 0 0 0 0 {1.0} host 1.0\n')
    said = refused(capsys, 'replay', str(log), *words)
    assert said.count('\n') == 1


def test_results_that_cannot_be_written_are_one_line(capsys, tmp_path):
    (tmp_path / 'map.yaml').write_text(
        'image: map.pgm\nresolution: 0.1\norigin: [0, 0, 0]\nnegate: 0\noccupied_thresh: 0.65\n'
        'free_thresh: 0.2\n')
    (tmp_path / 'map.pgm').write_bytes(b'P5 2 2 255\n' + bytes([0, 254, 254, 205]))
    (tmp_path / 'out').write_text('a file, where a folder is wanted')
    said = refused(capsys, 'score', str(tmp_path / 'map.yaml'), '--out', str(tmp_path / 'out'))
    assert str(tmp_path / 'out') in said
    assert said.count('\n') == 1


def test_a_command_costs_only_its_own_imports():
    code = ('import sys; from fsmi_explorer.cli.main import make_parser; make_parser([]); '
            'print([m for m in ("rclpy", "matplotlib", "numba", "rosbags") if m in sys.modules])')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[]'
