# What `cmake --install` puts where: the program, its man page, completions, messages and licence.
include(GNUInstallDirs)
include(cmake/i18n.cmake)

install(TARGETS earshot RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/man/earshot.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The program prints the completions from its own table of options, so they are made when it is installed.
set(completions ${PROJECT_BINARY_DIR}/completions)
install(CODE "
    file(MAKE_DIRECTORY \"${completions}\")
    foreach(shell bash zsh fish)
        execute_process(COMMAND \"$<TARGET_FILE:earshot>\" completion \${shell}
                        OUTPUT_FILE \"${completions}/earshot.\${shell}\" COMMAND_ERROR_IS_FATAL ANY)
    endforeach()")
install(FILES ${completions}/earshot.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME earshot)
install(FILES ${completions}/earshot.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _earshot)
install(FILES ${completions}/earshot.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# Units for systemd, with the program's place written in. Nothing is enabled or started.
set(units lib/systemd/system)
foreach(unit earshot.service earshot@.service)
    configure_file(${PROJECT_SOURCE_DIR}/systemd/${unit}.in ${PROJECT_BINARY_DIR}/systemd/${unit} @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION ${units})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/systemd/earshot.socket DESTINATION ${units})
