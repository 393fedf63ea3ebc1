#!/usr/bin/env node
// A file that is there before the first build, so that npm links it and makes it executable.
import '../dist/millrace.js';
