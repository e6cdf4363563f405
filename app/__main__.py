from app.command_line import main

main()
