/** The scripts that make a shell ask `drason completion words` what may come next. */

const BASH = `# Completion of drason for bash.
_drason() {
  local word=\${COMP_WORDS[COMP_CWORD]} quote= lines line value
  case $word in [\\"\\']*) quote=\${word:0:1} ;; esac
  lines=$(drason completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  [ "$lines" = :files ] && return
  compopt +o default 2>/dev/null
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    value=\${line%%$'\\t'*}
    [ -n "$quote" ] || printf -v value %q "$value"
    COMPREPLY+=("$value")
  done <<<"$lines"
}
complete -o default -F _drason drason
`;

const ZSH = `#compdef drason
# Completion of drason for zsh.
_drason() {
  local -a lines items
  lines=("\${(@f)$(drason completion words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    _files
    return
  fi
  local line
  for line in $lines; do
    items+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  _describe -V drason items
}
if [[ $funcstack[1] == _drason ]]; then
  _drason
else
  compdef _drason drason
fi
`;

const FISH = `# Completion of drason for fish.
function __drason_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (drason completion words -- $words[2..] 2>/dev/null)
    if test "$lines" = :files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c drason -f -k -a '(__drason_complete)'
`;

const POWERSHELL = `# Completion of drason for PowerShell.
Register-ArgumentCompleter -Native -CommandName drason -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString().Trim('"', "'") })
    # An empty argument gets lost on its way to a program; two quotes do not.
    if ($wordToComplete -eq '') { $words += '""' }
    drason completion words -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        $text = if ($value -match '[^\\w.,:=/-]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
    }
}
`;

/** By the shell: the script, and the command that keeps it where the shell looks. */
export const SHELLS: Readonly<Record<string, { script: string; name: string; keep: string; note?: string }>> = {
  bash: { script: BASH, name: 'bash', keep: 'drason completion bash >> ~/.bashrc' },
  zsh: { script: ZSH, name: 'zsh', keep: 'drason completion zsh >> ~/.zshrc', note: 'below compinit' },
  fish: { script: FISH, name: 'fish', keep: 'drason completion fish > ~/.config/fish/completions/drason.fish' },
  powershell: { script: POWERSHELL, name: 'PowerShell', keep: 'drason completion powershell >> $PROFILE' },
};
