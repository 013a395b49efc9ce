// What a command line costs at least: node loading commander and printing a version.
import { Command } from 'commander';

new Command().version('1.0.0').parse();
